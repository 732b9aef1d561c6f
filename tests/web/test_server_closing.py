"""What becomes of calls that arrive while the server ends."""

import socket
import threading
import time

import pytest

from firmware.web import panel_page
from tests.web.page_kit import PageKit

TICK_S = 0.1  # uvicorn looks this often whether it is to end


def test_a_call_taken_in_the_moment_of_closing_is_hung_up(
    kit: PageKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser would send its next request on it, and wait for ever."""
    busy, free = threading.Event(), threading.Event()

    def keep_the_loop_busy(*_: object, **__: object) -> None:
        busy.set()
        free.wait(10)
        time.sleep(2 * TICK_S)  # the tick is due when the loop goes on, and the late call waits

    monkeypatch.setattr(panel_page, "session_of", keep_the_loop_busy)
    address = ("127.0.0.1", kit.port)
    server = kit.server
    assert server is not None
    with socket.create_connection(address) as first:
        first.sendall(b"GET /events HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (b"127.0.0.1", kit.port))
        assert busy.wait(10)
        with socket.create_connection(address, timeout=10) as late:
            closing = threading.Thread(target=server.close)
            closing.start()
            free.set()
            assert late.recv(1) == b""
            closing.join()
