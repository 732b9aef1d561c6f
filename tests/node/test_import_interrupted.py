"""Ctrl-C in `sapi-node import`, typed on a real terminal, at the moments when it can come."""

import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.posix_disk import PosixDisk
from firmware.node import INDEX_NAME
from firmware.store import SPOOL
from tests.node.lonely_node import lonely_node
from tests.node.test_import import foreign
from tests.peers import wait_until

END_S = 60.0  # for what takes a second: only a failing test waits so long
CTRL_C = b"\x03"
BY_SIGINT = 128 + signal.SIGINT
LARGE_BYTES = 512 * 2**20
"""Sparse: no disk is filled by the source, and a copy of it takes a second at the least."""
MANY = 30
SETSID = "/usr/bin/setsid"


@dataclass
class Store:
    """A store's folder, as somebody finds it who looks into it from outside."""

    folder: Path
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.config = lonely_node(self.folder)

    @property
    def root(self) -> Path:
        return self.folder / "store"

    def spooled(self) -> list[Path]:
        return list((self.root / SPOOL).glob("*"))

    def images(self) -> list[Path]:
        return [path for path in self.root.rglob("*.dcm") if path.parent.name != SPOOL]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.root / INDEX_NAME) as connection:
            return connection.execute(sql).fetchall()

    def check(self) -> None:
        """Whatever is there has its row, and whatever has a row is there."""
        indexed = {str(path) for (path,) in self.rows("SELECT path FROM instance")}
        assert indexed == {str(path.relative_to(self.root)) for path in self.images()}
        waiting = {
            spool for (spool,) in self.rows("SELECT spool FROM import WHERE verdict IS NULL")
        }
        assert waiting == {str(path.relative_to(self.root)) for path in self.spooled()}
        assert not self.rows("SELECT 1 FROM import WHERE verdict = 'spooling'")


@dataclass
class Terminal:
    """The person's end of a pty, and the command at the other."""

    process: "subprocess.Popen[bytes]"
    keys: int
    screen: bytes = b""

    def type(self, keys: bytes) -> None:
        os.write(self.keys, keys)

    def read(self, wait_s: float = 0.0) -> bool:
        """False: the command has closed its end."""
        while select.select([self.keys], [], [], wait_s)[0]:
            try:
                read = os.read(self.keys, 65536)
            except OSError:  # Linux: EIO once nobody has the other end open
                return False
            self.screen += read
            wait_s = 0.0
        return True

    def wait_for(self, text: str) -> None:
        def seen() -> bool:
            self.read()
            return text.encode() in self.screen

        wait_until(seen, text, END_S)

    def end(self) -> int:
        """Its exit status, with all of its output read."""
        ends_s = time.monotonic() + END_S
        while self.read(0.1):
            assert time.monotonic() < ends_s, self.screen.decode()
        return self.process.wait(END_S)


@contextmanager
def typed(store: Store, *paths: Path) -> Iterator[Terminal]:
    """`sapi-node import PATHS` in the foreground of a terminal of its own, 200 columns wide."""
    keys, line = pty.openpty()
    command = [sys.executable, "-m", "firmware", "import", *map(str, paths)]
    process = subprocess.Popen(
        [SETSID, "--ctty", *command, "-c", str(store.config)],
        stdin=line,
        stdout=line,
        stderr=line,
        env={**os.environ, "COLUMNS": "200", "TERM": "xterm"},
    )
    os.close(line)
    try:
        yield Terminal(process, keys)
    finally:
        process.kill()
        process.wait()
        os.close(keys)


def imported(store: Store, *paths: Path) -> str:
    """A whole import, left alone: its last line."""
    with typed(store, *paths) as terminal:
        assert terminal.end() == 0, terminal.screen.decode()
        return terminal.screen.decode().splitlines()[-1]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    for number in range(MANY):
        foreign(tmp_path / "cd" / f"I{number:03}")
    return tmp_path / "cd"


def test_in_the_middle_of_a_copy(store: Store, tmp_path: Path) -> None:
    """The process is stopped while it copies, so that Ctrl-C finds it there on any machine."""
    first, large = tmp_path / "0.dcm", tmp_path / "1.dcm"
    foreign(first)
    with large.open("wb") as file:
        file.truncate(LARGE_BYTES)
    with typed(store, first, large) as terminal:
        (half,) = wait_until(lambda: store.root.exists() and copying(store), "it copies", END_S)
        terminal.process.send_signal(signal.SIGSTOP)
        assert half.stat().st_size < LARGE_BYTES
        terminal.type(CTRL_C)
        terminal.process.send_signal(signal.SIGCONT)
        assert terminal.end() == BY_SIGINT
        screen = terminal.screen.decode()
    assert f"{first}: Stored, and queued for nobody." in screen
    assert "Interrupted after 1 of 2 files." in screen
    assert "Traceback" not in screen
    assert not store.spooled()
    store.check()
    assert imported(store, first) == "Files: 1 (1 already there)."


def copying(store: Store) -> list[Path]:
    """What has more than the small file's bytes."""
    return [path for path in store.spooled() if path.stat().st_size > 2**20]


@pytest.mark.parametrize("images", [1, 12])
def test_among_many_files(store: Store, medium: Path, images: int) -> None:
    """Wherever it is then: in a copy, in a name, in a row, between two files."""
    with typed(store, medium) as terminal:
        wait_until(lambda: len(store.images()) >= images, f"{images} images are there", END_S)
        terminal.type(CTRL_C)
        assert terminal.end() == BY_SIGINT
        screen = terminal.screen.decode()
    store.check()
    done = len(store.images())
    assert images <= done < MANY
    assert f"Interrupted after {done} of {MANY} files." in screen
    assert "Traceback" not in screen
    assert not store.spooled()
    again = imported(store, medium)
    assert again == f"Files: {MANY} ({count_first(done)})."
    assert len(store.images()) == MANY
    store.check()


def count_first(done: int) -> str:
    """As the last line has it: the most first, and what came first where they are as many."""
    counts = [(done, "already there"), (MANY - done, "imported")]
    return ", ".join(f"{count} {verdict}" for count, verdict in sorted(counts, key=lambda c: -c[0]))


def test_while_it_waits_for_verdicts(store: Store, medium: Path, tmp_path: Path) -> None:
    """A node has the store and does not come to the spool: the files stay, and are taken in."""
    foreign(tmp_path / "before.dcm")
    imported(store, tmp_path / "before.dcm")
    node = PosixDisk(store.root)
    node.lock()
    try:
        with typed(store, medium) as terminal:
            terminal.wait_for(" 50%")
            terminal.type(CTRL_C)
            assert terminal.end() == BY_SIGINT
            screen = terminal.screen.decode()
    finally:
        node.unlock()
    assert f"Interrupted after {MANY} of {MANY} files." in screen
    assert f"Files: {MANY} ({MANY} waiting)." in screen
    assert len(store.spooled()) == MANY
    store.check()
    assert imported(store, medium) == f"Files: {MANY} ({MANY} already there)."
    assert not store.spooled()
    assert len(store.images()) == MANY + 1
    store.check()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_is_closed_is_as_good(
    store: Store, medium: Path, end: signal.Signals
) -> None:
    with typed(store, medium) as terminal:
        wait_until(lambda: store.images(), "an image is there", END_S)
        terminal.process.send_signal(end)
        assert terminal.end() == 128 + end
    assert not store.spooled()
    store.check()
