"""STOW-RS of one instance a request (PS3.18 10.5): the file as it is, and what is said of it.

A file that is not what the index says is never completed at the archive: the length was
announced, and the request is cut before its last block. Success needs both: a request that was
sent to its end, and an answer that names this instance as stored.
"""

from collections.abc import Iterator

import httpx

from drivers.bandwidth import Throttle
from drivers.dicom_association import OUT_OF_PROTOCOL
from drivers.dicom_read_ahead import ReadAhead
from drivers.dicom_status import STORE_WARNINGS, failure
from drivers.dicomweb_line import WebLine
from drivers.dicomweb_status import ANSWERED, About, http_failure
from drivers.wire.dicom_json import Malformed, StoreAnswer, store_answer
from hal.archive import InstanceFile, StoreOutcome
from hal.errors import PeerRetryable, StorageError

BOUNDARY = "sapi-node-5f1c9d0e7b3a4c68"
"""Not in a DICOM file but by a chance of 2 to the power of -144 (RFC 2046 5.1.1)."""
CONTENT_TYPE = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
CONFLICT = 409
THROTTLED_BYTES = 16 * 1024  # at once: 32 ms of a line of 4 Mbit/s
ACCEPT = "application/dicom+json"
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode("ascii")


def store(
    line: WebLine,
    client: httpx.Client,
    instance: InstanceFile,
    throttle: Throttle | None = None,
) -> StoreOutcome:
    """Raises PeerError where it cannot be this image: no line, no service, no right. What broke
    on the way or inside the archive may be: that is an outcome, and the next image is tried."""
    body = Body(instance, throttle)
    try:
        with body:
            status, answer = line.ask(
                client, "POST", "/studies", content=body.parts(), headers=body.headers
            )
        if status in ANSWERED and (answer or status != CONFLICT):
            return _outcome(line, instance, body.sent_whole, store_answer(answer))
    except StorageError as corrupt:
        return StoreOutcome(instance.reference, None, corrupt)
    except Malformed as error:
        return StoreOutcome(instance.reference, None, _out_of_protocol(line, str(error)))
    except PeerRetryable as broken:
        if not body.begun:
            raise
        return StoreOutcome(instance.reference, None, broken)
    verdict = http_failure(status)
    if verdict.about is About.SERVICE:
        raise verdict.error
    return StoreOutcome(instance.reference, None, verdict.error)


class Body:
    """The multipart body of one instance, its length known before the first byte."""

    def __init__(self, instance: InstanceFile, throttle: Throttle | None = None) -> None:
        self._throttle = throttle
        self._ahead = ReadAhead([instance], whole_file=True)
        # No transfer-syntax parameter: the file says it, and Orthanc's plug-in (1.7) passes over a
        # part that has one, and answers 200 all the same.
        self._head = (
            f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n"
            f"Content-Length: {instance.size_bytes}\r\n\r\n"
        ).encode("ascii")
        length = len(self._head) + instance.size_bytes + len(TAIL)
        self.headers = {
            "Accept": ACCEPT,
            "Content-Type": CONTENT_TYPE,
            "Content-Length": str(length),
        }
        self.begun = False
        self.sent_whole = False

    def __enter__(self) -> None:
        self._ahead.__enter__()

    def __exit__(self, *error: object) -> None:
        self._ahead.__exit__(*error)

    def parts(self) -> Iterator[bytes]:
        """Raises StorageError instead of the last block."""
        self.begun = True
        yield self._head
        for block, _ in self._ahead.blocks():
            yield from self._in_time(bytes(block))
        yield TAIL
        self.sent_whole = True

    def _in_time(self, block: bytes) -> Iterator[bytes]:
        if self._throttle is None:
            yield block
            return
        for start in range(0, len(block), THROTTLED_BYTES):
            piece = block[start : start + THROTTLED_BYTES]
            self._throttle(len(piece))
            yield piece


def _outcome(
    line: WebLine, instance: InstanceFile, sent_whole: bool, said: StoreAnswer
) -> StoreOutcome:
    uid = instance.reference.sop_instance_uid
    if uid in said.failed:
        status = said.failed[uid]
        return StoreOutcome(instance.reference, status, failure(status))
    if uid not in said.stored or not sent_whole:
        what = "stored before it was sent" if uid in said.stored else "the image is not named"
        return StoreOutcome(instance.reference, None, _out_of_protocol(line, what))
    return StoreOutcome(instance.reference, said.stored[uid], None, _warning(said.stored[uid]))


def _warning(reason: int) -> str:
    """PS3.18 table I.2-2: stored, and something of it changed or doubted."""
    if not reason:
        return ""
    return f"{reason:04X}H {STORE_WARNINGS.get(reason, 'a warning of its own')}"


def _out_of_protocol(line: WebLine, what: str) -> PeerRetryable:
    return PeerRetryable(OUT_OF_PROTOCOL.fill(called=line.url.host, what=what))
