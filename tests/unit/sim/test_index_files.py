"""What SQLite's files lose: to a power cut what was not synced, to a killed process nothing."""

from sim.disk import AllOrNothing
from sim.index_files import IndexFiles

NOTHING, ALL = AllOrNothing(survives=False), AllOrNothing(survives=True)


def written() -> IndexFiles:
    files = IndexFiles({"index": b"old!"})
    files.open("index", syncs_folder=False).write(0, b"new")
    files.open("log", syncs_folder=True).write(0, b"more")
    return files


def test_what_was_not_synced_may_be_lost_and_may_not() -> None:
    assert written().after(NOTHING) == {"index": b"old!"}
    assert written().after(ALL) == {"index": b"new!", "log": b"more"}


def test_a_killed_process_leaves_all_of_it_and_a_later_cut_may_take_it() -> None:
    files = written()
    left = files.killed()
    assert left.after(NOTHING) == {"index": b"old!"}
    assert left.after(ALL) == {"index": b"new!", "log": b"more"}
    left.sync(left.open("log", syncs_folder=True))
    assert left.after(NOTHING) == {"index": b"old!", "log": b"more"}
    assert files.after(NOTHING) == {"index": b"old!"}, "another process, another cache"


def test_it_knows_how_much_room_they_take() -> None:
    files = written()
    assert files.size_bytes == 8
    log = files.open("log", syncs_folder=True)
    log.write(10, b"x")
    assert files.size_bytes == 15
    log.truncate(1)
    assert files.size_bytes == 5
    files.remove("log")
    assert files.size_bytes == 4
    assert files.killed().size_bytes == 4
