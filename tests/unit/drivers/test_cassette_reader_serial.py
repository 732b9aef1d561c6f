"""The driver against the simulated reader, over lines as bad as they get."""

import zlib

import numpy as np
import pytest

from drivers.cassette_transfer import segment_bytes
from drivers.wire.cassette_messages import ErrorCode
from hal.cassette_reader import PlateRequest
from hal.errors import DeviceMisbehaved, DeviceNeedsOperator, DeviceUnavailable
from sim.cassette_reader_device import CassetteReaderDevice, ReaderFaults
from tests.cassette_kit import (
    READ,
    LoopLine,
    ManualClock,
    a_plate,
    all_rows,
    begun,
    connected,
    noise,
)


def sum_of(image: np.ndarray) -> int:  # type: ignore[type-arg]
    return zlib.crc32(image.astype("<u2").tobytes())


def test_the_image_comes_as_it_is_and_is_erased_only_when_told() -> None:
    plate = a_plate()
    device = CassetteReaderDevice(plate)
    reader = connected(device)
    loaded = reader.load()
    assert loaded is not None
    assert (loaded.plate_id, loaded.exposures, loaded.is_erased) == ("P-00017", 1, True)
    geometry = reader.begin(PlateRequest(READ, 100))
    image = all_rows(reader, geometry)
    assert np.array_equal(image, plate.latent)
    assert reader.kept_read() == READ
    assert device.erased == []
    reader.erase(READ, image.size, sum_of(image))
    assert device.erased == [("P-00017", READ)]
    assert reader.kept_read() is None
    reader.eject()


def test_another_image_than_the_kept_one_erases_nothing() -> None:
    device = CassetteReaderDevice(a_plate())
    reader = connected(device)
    image = all_rows(reader, begun(reader))
    for wrong in ((READ + 1, image.size, sum_of(image)), (READ, image.size, 1), (READ, 1, 1)):
        with pytest.raises(DeviceMisbehaved):
            reader.erase(*wrong)
    assert device.erased == []
    assert device.image is not None


def test_a_plate_is_not_read_while_an_image_is_kept() -> None:
    device = CassetteReaderDevice(a_plate())
    reader = connected(device)
    all_rows(reader, begun(reader))
    with pytest.raises(DeviceNeedsOperator):
        reader.begin(PlateRequest(READ + 1, 100))
    with pytest.raises(DeviceNeedsOperator):
        reader.eject()


@pytest.mark.parametrize("one_in", [10_000, 1000, 400])
@pytest.mark.parametrize("seed", range(4))
def test_noise_both_ways(one_in: int, seed: int) -> None:
    plate = a_plate(rows=300, columns=500, seed=seed)
    device = CassetteReaderDevice(plate)
    line = LoopLine(device, ManualClock(), noise(one_in, seed), noise(one_in, seed + 100))
    reader = connected(device, line)
    assert np.array_equal(all_rows(reader, begun(reader)), plate.latent)


@pytest.mark.parametrize("chunk_bytes", [1, 2, 7, 64, 1000])
def test_split_anywhere(chunk_bytes: int) -> None:
    plate = a_plate()
    device = CassetteReaderDevice(plate)
    reader = connected(device, LoopLine(device, ManualClock(), chunk_bytes=chunk_bytes))
    assert np.array_equal(all_rows(reader, begun(reader)), plate.latent)


def test_everything_comes_twice() -> None:
    plate = a_plate(rows=200)
    device = CassetteReaderDevice(plate)
    twice = LoopLine(device, ManualClock(), lambda data: data * 2, lambda data: data * 2)
    reader = connected(device, twice)
    image = all_rows(reader, begun(reader))
    assert np.array_equal(image, plate.latent)
    reader.erase(READ, image.size, sum_of(image))
    assert device.erased == [("P-00017", READ)]


def test_cut_at_any_byte_the_same_image_comes_afterwards() -> None:
    plate = a_plate(rows=12, columns=20)
    whole = LoopLine(CassetteReaderDevice(plate), ManualClock(), chunk_bytes=16)
    reader = connected(whole.device, whole)
    all_rows(reader, begun(reader))
    for at in range(0, whole.carried_bytes, 16):
        device = CassetteReaderDevice(plate)
        line = LoopLine(device, ManualClock(), chunk_bytes=16, cut_at_bytes=at)
        with pytest.raises(DeviceUnavailable):
            reader = connected(device, line)
            all_rows(reader, begun(reader))
            reader.kept_read()
        line.mend()
        again = connected(device, line)
        kept = again.kept_read()
        assert kept in (None, READ)
        assert device.erased == []
        assert np.array_equal(all_rows(again, begun(again)), plate.latent)


def test_closing_the_rows_leaves_the_image_in_the_reader() -> None:
    plate = a_plate(rows=2000, columns=500)
    device = CassetteReaderDevice(plate)
    reader = connected(device)
    geometry = begun(reader)
    rows = reader.rows()
    next(rows)
    rows.close()
    assert reader.kept_read() == READ
    assert np.array_equal(all_rows(reader, geometry), plate.latent)


def test_from_a_row_on() -> None:
    plate = a_plate(rows=90)
    reader = connected(CassetteReaderDevice(plate))
    begun(reader)
    blocks = [(block.first_row, block.rows) for block in reader.rows(from_row=33)]
    assert blocks[0][0] == 33
    assert sum(rows for _, rows in blocks) == 90 - 33


def test_a_silent_reader_is_given_up() -> None:
    device = CassetteReaderDevice(a_plate())
    line = LoopLine(device, ManualClock())
    reader = connected(device, line)
    begun(reader)
    rows = reader.rows()
    line.to_node = lambda _: b""
    with pytest.raises(DeviceUnavailable):
        next(rows)
    assert device.image is not None


@pytest.mark.parametrize("code", [ErrorCode.JAM, ErrorCode.BARCODE_UNREADABLE])
def test_what_a_person_can_mend(code: ErrorCode) -> None:
    device = CassetteReaderDevice(a_plate())
    device.faults = ReaderFaults(load_error=code)
    with pytest.raises(DeviceNeedsOperator):
        connected(device).load()


def test_the_laser_fails_before_a_row_was_read() -> None:
    plate = a_plate()
    device = CassetteReaderDevice(plate)
    device.faults = ReaderFaults(read_error=ErrorCode.LASER)
    reader = connected(device)
    reader.load()
    with pytest.raises(DeviceMisbehaved):
        reader.begin(PlateRequest(READ, 100))
    assert device.image is None
    assert device.slot is not None
    assert np.array_equal(device.slot.latent, plate.latent)


def test_segments_are_as_long_as_the_line_is_fast() -> None:
    assert segment_bytes(None) == 32_768
    assert segment_bytes(11_520.0) == 1152
    assert segment_bytes(960.0) == 256


def test_no_cassette_is_no_error() -> None:
    assert connected(CassetteReaderDevice()).load() is None


def test_a_look_at_some_rows_and_then_all_of_them() -> None:
    plate = a_plate(rows=90)
    device = CassetteReaderDevice(plate)
    line = LoopLine(device, ManualClock())
    reader = connected(device, line)
    geometry = begun(reader)
    before = line.carried_bytes
    for row in (3, 88, 40, 89):
        (block,) = reader.rows(row, row + 1)
        assert (block.first_row, block.rows) == (row, 1)
        assert bytes(block.samples) == plate.latent[row].astype("<u2").tobytes()
    assert line.carried_bytes - before < 5 * 61 * 2 + 4 * 100
    assert np.array_equal(all_rows(reader, geometry), plate.latent)


def test_a_look_over_a_noisy_line() -> None:
    plate = a_plate(rows=90, columns=400)
    device = CassetteReaderDevice(plate)
    line = LoopLine(device, ManualClock(), to_node=noise(2000, seed=3))
    reader = connected(device, line)
    begun(reader)
    for row in range(0, 90, 7):
        (block,) = reader.rows(row, row + 1)
        assert bytes(block.samples) == plate.latent[row].astype("<u2").tobytes()


def test_samples_that_come_at_once_with_the_answer_are_not_waited_for() -> None:
    """A fast line gives READING and the row behind it in one piece."""
    plate = a_plate(rows=90)
    device = CassetteReaderDevice(plate)
    line = LoopLine(device, ManualClock(), chunk_bytes=1 << 16)
    line.to_node = lambda data: data + device.next_segment(line.clock.now_s)
    reader = connected(device, line)
    begun(reader)
    began_s = line.clock.now_s
    for row in range(20):
        (block,) = reader.rows(row, row + 1)
        assert bytes(block.samples) == plate.latent[row].astype("<u2").tobytes()
    assert line.clock.now_s == began_s
