"""The md driver over captured states; what it says to mdadm, and what it makes of the answers."""

from pathlib import Path

import pytest

from drivers import array_mdadm
from hal.errors import ConfigError, StorageError
from hal.storage_array import (
    ArrayState,
    ArrayTask,
    MemberState,
    Progress,
    ScrubResult,
    SmartHealth,
)
from tests.unit.drivers.fake_md import FakeMd, fake_md

Seen = list[tuple[str, str, MemberState]]
WORKING, MISSING = MemberState.WORKING, MemberState.MISSING


@pytest.fixture
def md(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMd:
    return fake_md(tmp_path, monkeypatch)


@pytest.fixture
def any_disk_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitness is block_device's, shown on real disks in tests/chaos."""
    monkeypatch.setattr(array_mdadm, "refuse_unfit", lambda *_: None)


@pytest.mark.parametrize(
    ("capture", "state", "members"),
    [
        (
            "healthy",
            ArrayState.HEALTHY,
            [("0", "/dev/vda", WORKING), ("1", "/dev/vdb", WORKING)],
        ),
        (
            "faulty",
            ArrayState.DEGRADED,
            [("0", "/dev/vda", WORKING), ("1", "/dev/vdb", MemberState.FAILING)],
        ),
        ("removed", ArrayState.DEGRADED, [("0", "/dev/vda", WORKING), ("1", "", MISSING)]),
        ("unplugged", ArrayState.DEGRADED, [("0", "/dev/vda", WORKING), ("1", "", MISSING)]),
        (
            "rebuilding",
            ArrayState.REBUILDING,
            [("0", "/dev/vda", WORKING), ("1", "/dev/vdc", MemberState.FILLING)],
        ),
        (
            "spare",
            ArrayState.HEALTHY,
            [
                ("0", "/dev/vda", WORKING),
                ("1", "/dev/vdd", WORKING),
                ("vdb", "/dev/vdb", MemberState.SPARE),
            ],
        ),
        (
            "replaced",
            ArrayState.HEALTHY,
            [("0", "/dev/vdb", WORKING), ("1", "/dev/vdd", WORKING)],
        ),
        ("failed", ArrayState.FAILED, [("0", "", MISSING), ("1", "", MISSING)]),
    ],
)
def test_states(md: FakeMd, capture: str, state: ArrayState, members: Seen) -> None:
    md.show(capture)
    status = md.array().status()
    assert [(m.name, m.device, m.state) for m in status.members] == members
    assert status.state is state
    present = [m for m in status.members if m.present]
    assert all(m.smart is SmartHealth.PASSED for m in present)


def test_a_rebuild_says_how_far_it_is(md: FakeMd) -> None:
    md.show("rebuilding")
    progress = md.array().status().progress
    assert progress == Progress(ArrayTask.REPLACE, pytest.approx(0.1263, abs=1e-3))


def test_what_differs_is_counted_and_never_repaired(md: FakeMd) -> None:
    md.show("healthy")
    md.plan = ["mismatch"]
    steps, array = md.array().scrub(), md.array()
    assert next(steps) == Progress(ArrayTask.SCRUB, 0.0)
    assert (md.sysfs / "md" / "sync_action").read_text() == "check"
    assert list(steps) == [Progress(ArrayTask.SCRUB, 1.0)]
    assert array.status().scrub == ScrubResult(True, corrected=0, uncorrectable=8192)
    assert md.said() == []


@pytest.mark.usefixtures("any_disk_fits")
def test_a_working_member_is_copied_before_it_leaves(md: FakeMd) -> None:
    md.show("healthy")
    md.after_add("replaced")  # a small disk is full before anybody looks
    steps = list(md.array().replace("0", "/dev/vdb"))
    assert md.said() == [
        "/dev/md0 --add-spare /dev/vdb",
        "/dev/md0 --replace /dev/vda --with /dev/vdb",
        "/dev/md0 --remove /dev/vda",
    ]
    assert steps[-1] == Progress(ArrayTask.REPLACE, 1.0)


@pytest.mark.usefixtures("any_disk_fits")
@pytest.mark.parametrize(
    ("capture", "name"),
    [("faulty", "/dev/vdb"), ("unplugged", "detached"), ("removed", "detached")],
)
def test_what_is_gone_is_taken_out_and_the_new_disk_filled(
    md: FakeMd, capture: str, name: str
) -> None:
    md.show(capture)
    md.after_add("rebuilding")
    md.plan = ["rebuilding", "healthy"]
    steps = list(md.array().replace("1", "/dev/vdb"))
    assert md.said() == [
        f"/dev/md0 --fail {name}",
        f"/dev/md0 --remove {name}",
        "/dev/md0 --add /dev/vdb",
    ]
    assert steps[-1].fraction == 1.0


@pytest.mark.usefixtures("any_disk_fits")
def test_a_replacement_that_did_not_fill_the_disk_is_said(md: FakeMd) -> None:
    md.show("removed")
    md.after_add("rebuilding")
    md.plan = ["removed"]
    with pytest.raises(StorageError, match="stopped before its end"):
        list(md.array().replace("1", "/dev/vdc"))


@pytest.mark.usefixtures("any_disk_fits")
def test_mdadm_s_own_no_is_passed_on(md: FakeMd) -> None:
    md.show("removed")
    md.refuse()
    with pytest.raises(StorageError, match="add new device failed"):
        list(md.array().replace("1", "/dev/vdc"))


def test_the_last_good_member_stays(md: FakeMd) -> None:
    md.show("removed")
    with pytest.raises(ConfigError, match="last good copy"):
        md.array().replace("0", "/dev/vdc")


def test_nothing_is_started_while_it_rebuilds(md: FakeMd) -> None:
    md.show("rebuilding")
    with pytest.raises(ConfigError, match="busy"):
        md.array().scrub()
