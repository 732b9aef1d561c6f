"""The film scanner's driver over the simulated USB: the contract, and one test a fault."""

import errno
import math
import tracemalloc
from array import array
from typing import Any

import numpy as np
import pytest
import usb.core
import usb.util

from drivers import film_scanner_sentences as say
from drivers.film_scanner_esci import EsciFilmScanner
from drivers.wire.esci import codes
from drivers.wire.esci.codes import BlockError, Source
from drivers.wire.esci.messages import ScanParameters
from hal.errors import (
    DeviceError,
    DeviceMisbehaved,
    DeviceNeedsOperator,
    DeviceUnavailable,
    ScanCancelled,
    Sentence,
)
from hal.film_scanner import NO_ROWS_YET, FilmScanner, ScanRequest
from sim.film_scanner_faults import NO_FAULTS, ScannerFaults
from sim.films import Film
from sim.usb_bus import ENDPOINT_OUT, SimulatedUsbBus
from tests.contracts.film_scanner import FilmScannerContract
from tests.film_scanner_kit import DPI, Bench, SleptClock, noise_film, scanned

BLOCKS_OF_NOISE = 3  # 700 lines, 255 a block


class TestTheSimulatedScanner(FilmScannerContract):
    @pytest.fixture
    def scanner(self) -> FilmScanner:
        return Bench().scanner


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_image_is_the_film(bench: Bench) -> None:
    assert np.array_equal(scanned(bench.scanner, bench.whole_film()), bench.film.samples)


def test_an_offset_area_is_that_part_of_the_film(bench: Bench) -> None:
    image = scanned(bench.scanner, ScanRequest(DPI, left=31, top=57, columns=101, rows=333))
    assert np.array_equal(image, bench.film.samples[57 : 57 + 333, 31 : 31 + 101])


def test_identity_is_what_the_scanner_says(bench: Bench) -> None:
    identity = bench.scanner.identify()
    assert (identity.manufacturer, identity.model) == ("EPSON", "ES-10000G")
    assert (identity.serial_number, identity.firmware_version) == ("SIM000001", "1.00")
    assert identity.area_at(300) == (3656, 4962)  # 12.2 x 16.54 in, in steps of 8 columns


def test_large_blocks_make_few_round_trips() -> None:
    bench = Bench(noise_film(rows=1000, columns=3600))
    blocks = [block.rows for block in bench.scanner.scan(bench.whole_film())]
    assert blocks == [145] * 6 + [130]  # 1 MiB of 7200-byte lines


def test_memory_is_bounded_whatever_the_film() -> None:
    film = Film(np.zeros((16 * DPI, 12 * DPI), np.uint16), DPI)
    bench = Bench(film)
    tracemalloc.start()
    for _ in bench.scanner.scan(bench.whole_film()):
        pass
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 5 << 20 < film.samples.nbytes  # the driver's two blocks, the device's one


FAULTS: dict[str, tuple[ScannerFaults, type[DeviceError], Sentence]] = {
    "fatal": (ScannerFaults(fatal=True), DeviceMisbehaved, say.FATAL),
    "cover open": (ScannerFaults(cover_open=True), DeviceNeedsOperator, say.COVER_OPEN),
    "no unit": (
        ScannerFaults(transparency_unit_missing=True),
        DeviceNeedsOperator,
        say.NO_TRANSPARENCY_UNIT,
    ),
    "cold for ever": (
        ScannerFaults(warm_up_s=math.inf),
        DeviceMisbehaved,
        say.STILL_COLD.fill(limit_s=180),
    ),
    "NAK": (ScannerFaults(refuse_parameters=True), DeviceMisbehaved, say.REFUSED),
    "busy for ever": (ScannerFaults(busy_starts=10_000), DeviceMisbehaved, say.STILL_BUSY),
    "block fatal": (
        ScannerFaults(error_block=1, error_bits=BlockError.FATAL),
        DeviceMisbehaved,
        say.FATAL,
    ),
    "block not ready": (
        ScannerFaults(error_block=1, error_bits=BlockError.NOT_READY),
        DeviceMisbehaved,
        say.NOT_READY,
    ),
    "first block fatal": (
        ScannerFaults(error_block=0, error_bits=BlockError.FATAL),
        DeviceMisbehaved,
        say.FATAL,
    ),
    "last block fatal": (
        ScannerFaults(error_block=BLOCKS_OF_NOISE - 1, error_bits=BlockError.FATAL),
        DeviceMisbehaved,
        say.FATAL,
    ),
    "button": (
        ScannerFaults(error_block=1, error_bits=BlockError.CANCEL),
        ScanCancelled,
        say.CANCELLED,
    ),
    "silent at once": (ScannerFaults(silent_block=0), DeviceMisbehaved, say.SILENT),
    "silent later": (ScannerFaults(silent_block=2), DeviceMisbehaved, say.SILENT),
    "unplugged at once": (ScannerFaults(unplug_block=0), DeviceUnavailable, say.UNPLUGGED),
    "unplugged later": (ScannerFaults(unplug_block=2), DeviceUnavailable, say.UNPLUGGED),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_the_scanner_is_usable_again(name: str, bench: Bench) -> None:
    faults, kind, sentence = FAULTS[name]
    bench.device.inject(faults)
    with pytest.raises(kind) as caught:
        scanned(bench.scanner, bench.whole_film())
    assert type(caught.value) is kind
    assert caught.value.sentence == sentence

    bench.device.inject(NO_FAULTS)
    if not bench.device.plugged:
        bench.device.plug_in()
    assert not bench.device.scanning
    assert np.array_equal(scanned(bench.scanner, bench.whole_film()), bench.film.samples)


def test_it_waits_for_the_lamp(bench: Bench) -> None:
    bench.device.inject(ScannerFaults(warm_up_s=40))
    scanned(bench.scanner, bench.whole_film())
    assert 40 <= bench.clock.slept_s < 42


@pytest.mark.parametrize("faults", [ScannerFaults(warm_up_s=60), ScannerFaults(busy_starts=50)])
def test_while_it_waits_it_can_be_given_up_at_any_second(
    bench: Bench, faults: ScannerFaults
) -> None:
    bench.device.inject(faults)
    scan = bench.scanner.scan(bench.whole_film())
    for _ in range(20):
        before_s = bench.clock.slept_s
        assert next(scan) is NO_ROWS_YET
        assert bench.clock.slept_s - before_s < 1
    scan.close()
    assert not bench.device.scanning
    bench.device.inject(NO_FAULTS)
    assert np.array_equal(scanned(bench.scanner, bench.whole_film()), bench.film.samples)


def test_it_asks_again_while_the_start_is_busy(bench: Bench) -> None:
    bench.device.inject(ScannerFaults(busy_starts=35))
    assert np.array_equal(scanned(bench.scanner, bench.whole_film()), bench.film.samples)
    assert 35 <= bench.clock.slept_s < 36


def test_a_read_waits_out_the_autofocus_of_a_12000xl(bench: Bench) -> None:
    bench.device.inject(ScannerFaults(silent_block=0))
    with pytest.raises(DeviceMisbehaved):
        scanned(bench.scanner, bench.whole_film())
    assert bench.clock.slept_s >= 60


def test_closing_the_scan_cancels_it_where_the_device_listens(bench: Bench) -> None:
    scan = bench.scanner.scan(bench.whole_film())
    next(scan)
    assert bench.device.scanning
    scan.close()
    assert not bench.device.scanning
    assert bench.clock.slept_s < 1  # no timeout was run into


def test_after_the_last_block_there_is_nothing_to_cancel(bench: Bench) -> None:
    scan = bench.scanner.scan(bench.whole_film())
    for _ in range(BLOCKS_OF_NOISE):
        next(scan)
    scan.close()
    assert bench.clock.slept_s < 1  # a CAN would have had no answer


def test_an_image_left_by_a_dead_program_is_thrown_away(bench: Bench) -> None:
    dead = usb.core.find(backend=bench.bus)
    parameters = ScanParameters(
        DPI, DPI, columns=500, rows=700, depth=16, source=Source.TRANSPARENCY_UNIT
    )
    for message in (codes.SET_PARAMETERS, parameters.to_bytes(), codes.EXTENDED_START):
        dead.write(ENDPOINT_OUT, message)
    usb.util.dispose_resources(dead)
    assert bench.device.scanning  # and all its replies are still to be read

    assert bench.scanner.identify().model == "ES-10000G"
    assert np.array_equal(scanned(bench.scanner, bench.whole_film()), bench.film.samples)


def test_a_scanner_that_is_not_there() -> None:
    bench = Bench()
    bench.device.unplug()
    with pytest.raises(DeviceUnavailable) as caught:
        bench.scanner.identify()
    assert caught.value.sentence == say.NOT_FOUND


def test_replugged_between_two_calls_it_is_found_again(bench: Bench) -> None:
    before = bench.scanner.identify()
    bench.device.unplug()
    bench.device.plug_in()
    assert bench.scanner.identify() == before


def test_replugged_during_a_scan_the_old_scan_fails(bench: Bench) -> None:
    scan = bench.scanner.scan(bench.whole_film())
    next(scan)
    bench.device.unplug()
    bench.device.plug_in()
    with pytest.raises(DeviceUnavailable):
        next(scan)
    assert bench.scanner.identify().model == "ES-10000G"


def test_closing_a_scan_of_an_unplugged_scanner_is_quiet(bench: Bench) -> None:
    scan = bench.scanner.scan(bench.whole_film())
    next(scan)
    bench.device.unplug()
    scan.close()


def test_a_scanner_in_use(bench: Bench) -> None:
    scan = bench.scanner.scan(bench.whole_film())
    next(scan)
    with pytest.raises(DeviceUnavailable) as caught:
        bench.scanner.identify()
    assert caught.value.sentence == say.IN_USE


class FailingBus(SimulatedUsbBus):
    """Fails its `operation` with `number`, as libusb would."""

    operation = ""
    number = 0

    def __getattribute__(self, name: str) -> Any:
        if name == object.__getattribute__(self, "operation"):
            raise usb.core.USBError("told to fail", errno=self.number)
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    ("operation", "number", "kind", "sentence"),
    [
        ("open_device", errno.EACCES, DeviceUnavailable, say.NO_PERMISSION),
        ("claim_interface", errno.EBUSY, DeviceUnavailable, say.IN_USE),
        ("bulk_write", errno.EIO, DeviceUnavailable, say.UNPLUGGED),
        ("bulk_read", errno.ENODEV, DeviceUnavailable, say.UNPLUGGED),
        ("bulk_read", errno.EPIPE, DeviceMisbehaved, say.USB_FAULT.fill(detail="told to fail")),
    ],
)
def test_usb_errors_are_told(
    bench: Bench, operation: str, number: int, kind: type[DeviceError], sentence: Sentence
) -> None:
    bus = FailingBus(bench.device)
    bus.operation, bus.number = operation, number
    with pytest.raises(kind) as caught:
        EsciFilmScanner(bench.clock, bus).identify()
    assert caught.value.sentence == sentence


def test_a_machine_without_libusb(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(**_: object) -> None:
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", find)
    with pytest.raises(DeviceUnavailable) as caught:
        EsciFilmScanner(SleptClock()).identify()
    assert caught.value.sentence == say.NO_LIBUSB


class PacketBus(SimulatedUsbBus):
    """Ends every transfer at a packet, as a scanner with a small buffer would."""

    def bulk_read(self, dev_handle: Any, ep: int, intf: int, buff: Any, timeout: int) -> int:
        packet = array("B", bytes(min(512, len(buff))))
        size = super().bulk_read(dev_handle, ep, intf, packet, timeout)
        buff[:size] = packet[:size]
        return size


def test_blocks_may_come_in_pieces(bench: Bench) -> None:
    scanner = EsciFilmScanner(bench.clock, PacketBus(bench.device))
    assert np.array_equal(scanned(scanner, bench.whole_film()), bench.film.samples)


class LyingDevice:
    """Gives other bytes in reply to one command."""

    def __init__(self, bench: Bench, command: bytes, reply: bytes) -> None:
        self._device, self._lies = bench.device, {command: [reply]}
        self.clock = bench.clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._device, name)

    def feed(self, data: bytes) -> list[Any]:
        truth = self._device.feed(data)
        return self._lies.get(data, truth)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (codes.EXTENDED_IDENTITY, bytes(80)),
        (codes.EXTENDED_IDENTITY, b"\xff" * 80),
        (codes.EXTENDED_START, b"\x15" * 14),
        (codes.EXTENDED_START, bytes.fromhex("02 00 08000000 00000000 00000000")),
        (codes.EXTENDED_START, bytes.fromhex("02 00 ffffffff ffffffff ffffffff")),
        (codes.EXTENDED_START, bytes.fromhex("02 00 e9030000 00000000 60ae0a00")),
    ],
    ids=["zeros", "ones", "no STX", "no rows", "endless", "a block larger than asked for"],
)
def test_a_reply_without_sense(bench: Bench, command: bytes, reply: bytes) -> None:
    lying = LyingDevice(bench, command, reply)
    scanner = EsciFilmScanner(bench.clock, SimulatedUsbBus(lying))  # type: ignore[arg-type]
    with pytest.raises(DeviceMisbehaved, match="makes no sense"):
        scanned(scanner, bench.whole_film())
    assert np.array_equal(scanned(bench.scanner, bench.whole_film()), bench.film.samples)


SENTENCES = {name: said for name, said in vars(say).items() if isinstance(said, Sentence)}


@pytest.mark.parametrize("name", SENTENCES)
def test_every_sentence_is_said_in_both_languages(name: str) -> None:
    said = SENTENCES[name]
    assert said.en != said.fr
    assert sorted(_fields(said.en)) == sorted(_fields(said.fr))
    assert ":" in said.en  # what happened: what to do
    assert " :" in said.fr


def _fields(text: str) -> set[str]:
    return {piece.split("}")[0] for piece in text.split("{")[1:]}
