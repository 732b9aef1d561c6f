"""Lines as proc_pid_mountinfo(5) gives them."""

from pathlib import Path

from drivers.mounts import mount_of, parse_mountinfo

MOUNTINFO = """\
21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
43 21 0:39 / {root} rw,relatime - btrfs /dev/loop0 rw,degraded,subvolid=5,subvol=/
44 21 9:0 / {root}/with\\040space rw,relatime - ext4 /dev/md0 ro,errors=remount-ro
"""


def test_the_deepest_mount_wins(tmp_path: Path) -> None:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTINFO.format(root=tmp_path))
    inner = tmp_path / "with space" / "store"
    inner.mkdir(parents=True)
    assert mount_of(tmp_path, file).source == "/dev/loop0"
    assert mount_of(inner, file).source == "/dev/md0"
    assert mount_of(Path("/"), file).kind == "ext4"


def test_a_file_system_that_gave_up_is_not_writable() -> None:
    assert [mount.writable for mount in parse_mountinfo(MOUNTINFO)] == [True, True, False]
