"""ESC/I as written down by hand from the fact sheet, against the driver and the simulated device.

Where neither `.driver` nor `.device` is in a file's name, both must agree with it.
"""

from pathlib import Path

import numpy as np
import pytest

from drivers.film_scanner_esci import EsciFilmScanner
from hal.clock import Clock
from hal.errors import ScanCancelled
from hal.film_scanner import ScanRequest
from sim.film_scanner_device import FilmScannerDevice
from sim.film_scanner_tcp import WELCOME, TcpFace
from sim.films import Film
from sim.usb_bus import SimulatedUsbBus
from tests.conformance.transcript import FOLDER, Turn, read_transcript
from tests.film_scanner_kit import SleptClock, scanned

SAMPLES = np.array(
    [
        [0x0001, 0x0203, 0x0405, 0x0607],
        [0x1011, 0x1213, 0x1415, 0x1617],
        [0xFFFF, 0xFEFE, 0x8000, 0x0000],
    ],
    np.uint16,
)
FILM = Film(SAMPLES, dpi=300)
WHOLE_FILM = ScanRequest(resolution_dpi=300, left=0, top=0, columns=4, rows=3)
NAMES = sorted(str(path.relative_to(FOLDER)) for path in Path(FOLDER, "esci").iterdir())
FOR_DEVICE = [name for name in NAMES if ".driver" not in name and ".tcp" not in name]


class WrittenDevice:
    """Answers what is written, and fails on anything else from the host."""

    plugged = True
    power_cycle = 1

    def __init__(self, turns: list[Turn], clock: Clock) -> None:
        self.clock = clock
        self._turns = turns

    def feed(self, data: bytes) -> list[bytes]:
        assert self._turns, f"nothing more was expected, and {data.hex(' ')} came"
        expected = self._turns.pop(0)
        assert expected.from_host, "it did not read all of the answer"
        assert data.hex(" ") == expected.data.hex(" ")
        answer: list[bytes] = []
        while self._turns and not self._turns[0].from_host:
            answer.append(self._turns.pop(0).data)
        return answer

    @property
    def all_said(self) -> bool:
        return not self._turns


@pytest.mark.parametrize("name", FOR_DEVICE)
@pytest.mark.parametrize("split", [False, True], ids=["whole", "byte by byte"])
def test_the_simulated_device_answers_as_written(name: str, split: bool) -> None:
    device = FilmScannerDevice(FILM, SleptClock())
    turns = read_transcript(name)
    answers = bytearray()
    for turn in turns:
        if not turn.from_host:
            heard, answers = bytes(answers[: len(turn.data)]), answers[len(turn.data) :]
            assert heard.hex(" ") == turn.data.hex(" ")
            continue
        assert not answers, f"more than was written: {answers.hex(' ')}"
        pieces = [bytes([byte]) for byte in turn.data] if split else [turn.data]
        for piece in pieces:
            answers += b"".join(device.feed(piece))
    assert not answers


def test_the_network_face_answers_as_written() -> None:
    face = TcpFace(FilmScannerDevice(FILM, SleptClock()))
    answers = bytearray(WELCOME.to_bytes())
    for turn in read_transcript("esci/network.tcp.transcript"):
        if turn.from_host:
            answers += face.feed(turn.data)
        else:
            heard, answers = answers[: len(turn.data)], answers[len(turn.data) :]
            assert heard.hex(" ") == turn.data.hex(" ")
    assert not answers


@pytest.fixture
def written(request: pytest.FixtureRequest) -> WrittenDevice:
    return WrittenDevice(read_transcript(f"esci/{request.param}.transcript"), SleptClock())


@pytest.fixture
def scanner(written: WrittenDevice) -> EsciFilmScanner:
    bus = SimulatedUsbBus(written)  # type: ignore[arg-type]  # all that the bus asks of a device
    return EsciFilmScanner(written.clock, bus)


@pytest.mark.parametrize("written", ["identify"], indirect=True)
def test_the_driver_identifies_as_written(written: WrittenDevice, scanner: EsciFilmScanner) -> None:
    identity = scanner.identify()
    assert (identity.model, identity.firmware_version) == ("ES-10000G", "1.00")
    assert identity.optical_resolution_dpi == 2400
    assert (identity.resolution_min_dpi, identity.resolution_max_dpi) == (50, 4800)
    assert (identity.area_columns, identity.area_rows) == (58560, 79392)
    assert written.all_said


@pytest.mark.parametrize(
    "written",
    [
        "scan_one_block",
        "scan_three_blocks.driver",
        "scan_last_block_zero.driver",
        "warm_up_and_busy.driver",
    ],
    indirect=True,
)
def test_the_driver_scans_as_written(written: WrittenDevice, scanner: EsciFilmScanner) -> None:
    assert np.array_equal(scanned(scanner, WHOLE_FILM), SAMPLES)
    assert written.all_said


@pytest.mark.parametrize("written", ["cancel.driver"], indirect=True)
def test_the_driver_cancels_as_written(written: WrittenDevice, scanner: EsciFilmScanner) -> None:
    scan = scanner.scan(WHOLE_FILM)
    assert next(scan).rows == 1
    scan.close()
    assert written.all_said


@pytest.mark.parametrize("written", ["button.driver"], indirect=True)
def test_the_driver_obeys_the_button_as_written(
    written: WrittenDevice, scanner: EsciFilmScanner
) -> None:
    with pytest.raises(ScanCancelled):
        scanned(scanner, WHOLE_FILM)
    assert written.all_said
