"""What happens to the disks, happens here for real: btrfs raid1 on loop devices, and the driver."""

import errno
import os
from collections.abc import Iterator

import pytest

from drivers.array_tools import must_run
from firmware.array_troubles import TroubleKind, troubles
from firmware.array_watch import ArrayWatch
from firmware.events import ArrayChanged, Event
from hal.errors import ConfigError
from hal.storage_array import ArrayState, ArrayStatus, ArrayTask, MemberState, SmartHealth
from tests.chaos.live_array import LEG_MIB, MIB, LiveArray, forget_caches, live_array, why_not
from tests.conftest import IN_CI

REASON = why_not()
pytestmark = [
    pytest.mark.peer("btrfs"),
    pytest.mark.skipif(bool(REASON) and not IN_CI, reason=REASON),
    pytest.mark.timeout(120),
]


@pytest.fixture
def live() -> Iterator[LiveArray]:
    with live_array() as array:
        yield array


def kinds(status: ArrayStatus, before: ArrayStatus | None = None) -> list[TroubleKind]:
    return [each.kind for each in troubles(status, before)]


def test_a_new_array_is_healthy_and_smart_says_why_it_is_unknown(live: LiveArray) -> None:
    live.write("film", 20)
    status = live.array().status()
    assert status.state is ArrayState.HEALTHY
    assert [(m.name, m.device, m.state) for m in status.members] == [
        (str(number), leg.device, MemberState.WORKING)
        for number, leg in enumerate(live.legs, start=1)
    ]
    assert all(m.smart is SmartHealth.UNKNOWN and m.smart_note for m in status.members)
    assert kinds(status) == []


def test_rot_on_one_leg_reads_right_is_an_alarm_and_is_mended_by_scrub(live: LiveArray) -> None:
    digest, array = live.write("film", 60), live.array()
    told: list[Event] = []
    watch = ArrayWatch(array, told.append, poll_s=1.0)
    watch.step()
    assert told == []
    live.legs[1].rot(100, 300)

    assert live.digest("film") == digest
    watch.step()
    [change] = told
    assert isinstance(change, ArrayChanged)
    assert change.in_trouble
    assert "2" in change.sentence.en
    assert kinds(array.status()) == [TroubleKind.MEMBER_FAILING]

    live.legs[1].rot(100, 300)
    steps = list(array.scrub())
    assert steps[-1].fraction == 1.0
    mended = array.status()
    assert mended.scrub
    assert mended.scrub.corrected > 0
    assert mended.scrub.uncorrectable == 0
    assert mended.state is ArrayState.DEGRADED, "one pass that mended is no proof yet"

    list(array.scrub())
    assert array.status().state is ArrayState.HEALTHY
    assert array.status().members[1].errors.total == 0
    live.legs[0].rot(100, 300)
    assert live.digest("film") == digest, "the mended leg alone still reads right"


def test_both_copies_bad_is_an_error_and_never_wrong_data(live: LiveArray) -> None:
    pattern = os.urandom(16) * 256  # one block that is found again on both legs
    with (live.root / "film").open("wb") as file:
        file.write(pattern * 256)
        file.flush()
        os.fsync(file.fileno())
    other, array = live.write("other", 20), live.array()
    forget_caches()
    assert [leg.rot_where(pattern) for leg in live.legs] == [256, 256]

    with pytest.raises(OSError, match="Input/output error") as failed:
        (live.root / "film").read_bytes()
    assert failed.value.errno == errno.EIO
    assert live.digest("other") == other

    list(array.scrub())
    status = array.status()
    assert status.scrub
    assert status.scrub.uncorrectable > 0
    assert kinds(status)[0] is TroubleKind.BOTH_COPIES_BAD
    assert all(m.errors.corruption for m in status.members)


def test_a_leg_that_dies_in_mid_write_is_noticed_though_it_is_not_missing(
    live: LiveArray,
) -> None:
    digest, array = live.write("film", 60), live.array()
    before = array.status()
    live.legs[1].die()
    written = live.write("film2", 40)

    status = array.status()
    assert status.state is ArrayState.DEGRADED
    assert status.members[1].state is MemberState.FAILING, "btrfs itself calls it present"
    assert status.members[1].errors.write > 0
    assert kinds(status, before) == [TroubleKind.ERRORS_RISING]
    assert live.digest("film") == digest
    assert live.digest("film2") == written


def test_a_dead_leg_is_replaced_while_the_store_is_in_use(live: LiveArray) -> None:
    live.legs[1].die()
    digest, array, new = live.write("film", 60), live.array(), live.new_disk()
    steps = list(array.replace("2", new.device))
    assert steps[0].task is ArrayTask.REPLACE
    assert steps[-1].task is ArrayTask.MIRROR
    live.legs[1] = new

    status = array.status()
    assert status.state is ArrayState.HEALTHY
    assert status.members[1].device == new.device
    live.legs[0].rot(100, 500)
    assert live.digest("film") == digest


def test_a_missing_leg_is_replaced_then_the_other_one_is_lost(live: LiveArray) -> None:
    digests = {"whole": live.write("whole", 60)}
    live.unmount()
    live.unplug(live.legs[1])
    live.mount("degraded")
    for number in range(4):
        digests[f"alone{number}"] = live.write(f"alone{number}", 40)
    array = live.array()
    alone = array.status()
    assert alone.state is ArrayState.DEGRADED
    assert alone.members[1].state is MemberState.MISSING
    assert alone.unmirrored_bytes > 0, "chunks written while degraded have one copy"
    assert kinds(alone) == [TroubleKind.MEMBER_MISSING, TroubleKind.NOT_MIRRORED]
    with pytest.raises(ConfigError, match="missing"):
        array.scrub()
    with pytest.raises(ConfigError, match="last good copy"):
        array.replace("1", live.new_disk().device)

    new = live.new_disk()
    list(array.replace("2", new.device))
    whole = array.status()
    assert whole.state is ArrayState.HEALTHY
    assert whole.unmirrored_bytes == 0
    assert kinds(whole) == []

    live.unmount()
    live.unplug(live.legs[0])
    live.legs = [new]
    live.mount("degraded")
    assert {name: live.digest(name) for name in digests} == digests


def test_without_the_balance_the_other_loss_would_be_fatal(live: LiveArray) -> None:
    """The counter-test: a replacement alone leaves what was written while degraded single."""
    live.unmount()
    live.unplug(live.legs[1])
    live.mount("degraded")
    for number in range(4):
        live.write(f"alone{number}", 40)
    new = live.new_disk()
    must_run("btrfs", "replace", "start", "-B", "-f", "2", new.device, str(live.root))
    array = live.array()
    assert array.status().state is ArrayState.DEGRADED
    assert kinds(array.status()) == [TroubleKind.NOT_MIRRORED]
    list(array.mirror())
    assert array.status().state is ArrayState.HEALTHY


def test_a_full_array_says_so_and_keeps_what_it_has(live: LiveArray) -> None:
    digest = live.write("film", 60)
    with pytest.raises(OSError, match="No space") as full, (live.root / "fill").open("wb") as file:
        while True:
            file.write(bytes(MIB))
            file.flush()
            os.fsync(file.fileno())
    assert full.value.errno == errno.ENOSPC
    assert live.digest("film") == digest
    assert live.array().status().state is ArrayState.HEALTHY
    (live.root / "fill").unlink()
    again = live.write("again", 20)
    assert live.digest("again") == again


def test_replacements_that_would_do_harm_are_refused(live: LiveArray) -> None:
    array = live.array()
    with pytest.raises(ConfigError, match="no member 7"):
        array.replace("7", live.legs[0].device)
    with pytest.raises(ConfigError, match="member of this array already"):
        array.replace("2", live.legs[0].device)
    with pytest.raises(ConfigError, match="not a disk"):
        array.replace("2", str(live.folder / "disk0"))
    with pytest.raises(ConfigError, match=f"{LEG_MIB * MIB} are needed"):
        array.replace("2", live.new_disk(LEG_MIB - 1).device)
    with live_array() as other, pytest.raises(ConfigError, match="in use"):
        array.replace("2", other.legs[0].device)
    used = live.new_disk()
    must_run("mkfs.ext4", "-q", used.device)
    with pytest.raises(ConfigError, match=r"\(ext4\).*--force"):
        array.replace("2", used.device)
    assert array.status().state is ArrayState.HEALTHY
    list(array.replace(live.legs[1].device, used.device, force=True))
    assert array.status().members[1].device == used.device
