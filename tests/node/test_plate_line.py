"""A plate over a bad line, into a whole node: whole afterwards, and erased only after that.

At every byte, and by noise of every kind, in tests/unit/drivers; here with the real pyserial, and
with the node that looks again by itself.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.events import Committed, ScanFailed, Stored
from firmware.plate_events import KeptPlateStored, PlateErased
from sim.cassette_reader_device import CassetteReaderDevice
from tests.cassette_kit import noise
from tests.fault_proxy import Ending, Faults
from tests.node.plate_world import PLATE_ID, exposed_plate, plate_world

SPOILS: dict[str, Callable[[bytes], bytes]] = {
    "one byte in 10,000 is another": noise(10_000, seed=1),
    "everything comes twice": lambda chunk: chunk * 2,
}
CUTS = {
    "cut early": Faults(after_answer_bytes=100_000, ending=Ending.CLOSE, connections=1),
    "cut late": Faults(after_answer_bytes=1_500_000, ending=Ending.CLOSE, connections=1),
    "reset": Faults(after_answer_bytes=700_000, ending=Ending.RESET, connections=1),
    "stalled": Faults(after_answer_bytes=700_000, ending=Ending.STALL, connections=1),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS.keys())
def test_a_spoilt_line_costs_time_and_nothing_else(
    tmp_path: Path, film: Path, spoil: Callable[[bytes], bytes]
) -> None:
    plate = exposed_plate()
    device = CassetteReaderDevice(plate)
    with plate_world(tmp_path, film, device, Faults(spoil=spoil)) as made:
        made.world.open_archive()
        made.world.start()
        made.world.press()
        stored = made.world.wait_for(Stored)
        assert made.holds_the_plate(stored, plate)
        made.world.wait_for(PlateErased)
        made.world.wait_for(Committed)
        assert [erased for erased, _ in device.erased] == [PLATE_ID]


@pytest.mark.parametrize("faults", CUTS.values(), ids=CUTS.keys())
def test_a_line_that_goes_away_leaves_the_image_in_the_reader_until_it_is_stored(
    tmp_path: Path, film: Path, faults: Faults
) -> None:
    plate = exposed_plate()
    device = CassetteReaderDevice(plate)
    with plate_world(tmp_path, film, device, faults) as made:
        made.world.start()
        made.world.press()
        made.world.wait_for(ScanFailed)
        assert made.line.cuts == 1
        assert device.image is not None
        assert device.erased == []
        stored = made.world.wait_for(KeptPlateStored)
        assert stored.is_known
        assert made.holds_the_plate(stored, plate)
        made.world.wait_for(PlateErased)
        assert [erased for erased, _ in device.erased] == [PLATE_ID]
        assert len(made.world.node.store.published()) == 1
