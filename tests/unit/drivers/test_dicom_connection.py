"""What a partial sendmsg leaves to send."""

import pytest

from drivers.dicom_connection import without

BUFFERS = [b"abc", b"", b"de", b"f"]


@pytest.mark.parametrize("sent", range(7))
def test_nothing_is_lost_or_sent_twice(sent: int) -> None:
    left = without([memoryview(buffer) for buffer in BUFFERS], sent)
    assert b"".join(left) == b"abcdef"[sent:]
    assert all(left) or sent < 6
