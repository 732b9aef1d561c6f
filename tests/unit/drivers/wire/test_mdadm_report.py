import pytest

from drivers.wire.mdadm_report import (
    MdMember,
    parse_export,
    parse_member_flags,
    parse_sync_completed,
)
from drivers.wire.report_error import UnreadableReport
from tests.unit.drivers.wire.captures import capture, md_attributes


def members(name: str) -> tuple[MdMember, ...]:
    return parse_export(capture(f"mdadm/{name}/detail-export.txt")).members


def test_a_healthy_array() -> None:
    report = parse_export(capture("mdadm/healthy/detail-export.txt"))
    assert (report.level, report.devices) == ("raid1", 2)
    assert report.uuid == "66ab3eaf:1d507544:319f4a11:57c47c72"
    assert report.members == (MdMember("/dev/vda", "0"), MdMember("/dev/vdb", "1"))


def test_mdadm_calls_a_faulty_disk_a_spare_and_leaves_an_unplugged_one_out() -> None:
    assert members("faulty") == (MdMember("/dev/vda", "0"), MdMember("/dev/vdb", "spare"))
    assert members("unplugged") == (MdMember("/dev/vda", "0"),)
    assert md_attributes("unplugged")["degraded"] == "0", "md itself has not noticed yet"


def test_progress_of_a_rebuild_and_of_nothing() -> None:
    rebuilding = md_attributes("rebuilding")["sync_completed"]
    assert parse_sync_completed(rebuilding) == pytest.approx(24576 / 194560)
    assert parse_sync_completed(md_attributes("healthy")["sync_completed"]) == 0.0


def test_flags() -> None:
    assert parse_member_flags(md_attributes("healthy")["dev-vda/state"]) == {"in_sync"}
    assert parse_member_flags("in_sync,want_replacement\n") == {"in_sync", "want_replacement"}


@pytest.mark.parametrize("text", ["", "mdadm: cannot open /dev/md0\n", "MD_DEVICES=two\n"])
def test_an_export_that_is_none(text: str) -> None:
    with pytest.raises(UnreadableReport):
        parse_export(text)


def test_a_progress_that_is_none() -> None:
    with pytest.raises(UnreadableReport):
        parse_sync_completed("half")
