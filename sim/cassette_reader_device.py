"""The simulated cassette reader: bytes and time in, bytes out.

It has one slot and a memory for one image. It keeps what it read until ERASE names exactly that
image, through power cuts of the node and of the line, as docs/protocols/cassette-reader.md says.
"""

import zlib
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from drivers.wire.cassette_bodies import Malformed, body_of, message_of
from drivers.wire.cassette_frames import SAMPLES_BYTES_MAX, Frame, FrameReader
from drivers.wire.cassette_messages import (
    Cancel,
    Credit,
    Done,
    Eject,
    Erase,
    Error,
    ErrorCode,
    Identify,
    Identity,
    Kind,
    Load,
    Loaded,
    Message,
    Missing,
    PlateFlag,
    Read,
    ReadEnd,
    ReaderState,
    Reading,
    Request,
    Samples,
    State,
    StateFlag,
    Status,
    Working,
)

SEGMENT_BYTES_MIN = 256
PIECES_MAX = 1024  # asked for again and not yet sent; more are dropped, and asked for again
SILENCE_S = 2.0  # with the window used up: then the last CREDIT was lost

IDENTITY = Identity("SAPI", "Simulated Reader", "SIM-0001", "1.0", 16, (50, 100, 200), 100, 10_000)


@dataclass(frozen=True)
class Plate:
    """A phosphor plate in its cassette. `latent`: what a laser finds, rows x columns uint16."""

    plate_id: str
    latent: NDArray[np.uint16]
    bits: int = 15
    pitch_um: int = 100
    plate_type: str = "STANDARD"
    width_mm: int = 350
    height_mm: int = 430
    exposures: int = 1
    is_erased_before: bool = True


@dataclass(frozen=True)
class ReaderFaults:
    load_error: ErrorCode | None = None
    read_error: ErrorCode | None = None
    """LASER: before a row was read, the latent image still there."""
    erase_error: ErrorCode | None = None
    lid_open: bool = False


@dataclass
class KeptImage:
    read: int
    samples: bytes
    columns: int
    rows: int
    gain_thousandths: int
    plate_id: str = ""
    """Whose it is: only that plate is erased."""

    @property
    def crc32(self) -> int:
        return zlib.crc32(self.samples)

    @property
    def count(self) -> int:
        return len(self.samples) // 2


@dataclass
class Sending:
    """Where the image under way stands: what was sent, may be sent, and is to be sent again."""

    read: int
    sequence: int
    segment_bytes: int
    at: int
    until: int
    received: int
    again: deque[tuple[int, int]] = field(default_factory=deque)
    spoke_s: float = 0.0


class CassetteReaderDevice:
    """`slot` is what somebody put in, `image` what it keeps. Both outlive the line."""

    def __init__(self, plate: Plate | None = None) -> None:
        self.slot = plate
        self.image: KeptImage | None = None
        self.faults = ReaderFaults()
        self.erased: list[tuple[str, int]] = []
        """(plate, read) of each erasure, in order: what a test looks at."""
        self.sent_samples = 0
        """Of the image that it keeps, each time that they went over the line."""
        self._loaded = False
        self._is_blank = False
        """The plate in the slot was erased by this reader."""
        self._frames = FrameReader()
        self._sending: Sending | None = None
        self._last: tuple[int, bytes] | None = None
        """Sequence and answer of the last request: repeated, it is answered and not done again."""
        self._out_sequence = 0
        self._now_s = 0.0

    @property
    def is_sending(self) -> bool:
        """Samples are under way."""
        return self._sending is not None

    def feed(self, chunk: bytes, now_s: float) -> bytes:
        """What the node sent; the answers to it."""
        self._now_s = now_s
        return b"".join(self._hear(frame) for frame in self._frames.feed(chunk))

    def next_segment(self, now_s: float) -> bytes:
        """What it sends by itself; empty when there is nothing, or nothing allowed."""
        self._now_s = now_s
        sending, image = self._sending, self.image
        if sending is None or image is None:
            return b""
        if (piece := self._next_piece(sending, image)) is not None:
            sending.spoke_s = now_s
            first, behind = piece
            self.sent_samples += behind - first
            return self._frame(Samples(image.read, first, image.samples[2 * first : 2 * behind]))
        if sending.received >= image.count:
            self._sending = None
            return self._say(ReadEnd(image.read, image.count, image.crc32), sending.sequence)
        if now_s - sending.spoke_s >= SILENCE_S:
            sending.spoke_s = now_s
            return self._say(Working(Kind.READ), sending.sequence)
        return b""

    def hang_up(self) -> None:
        """The line is gone; a new node finds it as it is."""
        self._frames, self._sending, self._last = FrameReader(), None, None

    def restart(self) -> None:
        """Its power went: what it keeps is not lost, and the cassette has to be pulled in again."""
        self.hang_up()
        self._loaded = False

    def put_in(self, plate: Plate | None) -> None:
        # The slot last: a request that comes in between finds all of it, or nothing.
        self._loaded, self._is_blank, self.slot = False, False, plate

    def _next_piece(self, sending: Sending, image: KeptImage) -> tuple[int, int] | None:
        size = sending.segment_bytes // 2
        while sending.again:
            first, behind = sending.again.popleft()
            first = max(first, 0)
            behind = min(behind, image.count)
            if first < behind:
                if behind - first > size:
                    sending.again.appendleft((first + size, behind))
                return first, min(behind, first + size)
        first, behind = sending.at, min(sending.at + size, sending.until, image.count)
        if first >= behind:
            return None
        sending.at = behind
        return first, behind

    def _hear(self, frame: Frame) -> bytes:
        try:
            message = message_of(frame.kind, frame.body)
        except Malformed:
            return self._say(Error(ErrorCode.BAD_REQUEST, "malformed"), frame.sequence)
        if isinstance(message, Credit | Missing | Cancel):
            return self._steer(message, frame.sequence)
        if not _is_request(message):
            return b""
        if self._last is not None and self._last[0] == frame.sequence and message != Status():
            return self._last[1]
        answer = self._say(self._do(message, frame.sequence), frame.sequence)
        self._last = (frame.sequence, answer)
        return answer

    def _steer(self, message: Credit | Missing | Cancel, sequence: int) -> bytes:
        if isinstance(message, Cancel):
            self._sending = None
            return self._say(Done(Kind.CANCEL), sequence)
        sending = self._sending
        if sending is None or message.read != sending.read:
            return b""
        if isinstance(message, Credit):
            sending.received = max(sending.received, message.received)
            sending.until = max(sending.until, message.until_sample)
        else:
            room = PIECES_MAX - len(sending.again)
            pieces = message.pieces[: max(room, 0)]
            sending.again += [(first, first + count) for first, count in pieces]
        return b""

    def _do(self, request: Request, sequence: int) -> Message:
        match request:
            case Identify():
                return IDENTITY
            case Status():
                return self._state()
            case Load():
                return self._load()
            case Read():
                return self._read(request, sequence)
            case Erase():
                return self._erase(request)
            case Eject():
                return self._eject()
            case _:
                return Error(ErrorCode.BAD_REQUEST, "")

    def _state(self) -> State:
        flags = StateFlag.LID_OPEN if self.faults.lid_open else StateFlag(0)
        if self.image is not None:
            return State(ReaderState.READ_AND_KEPT, flags | StateFlag.IMAGE_KEPT, self.image.read)
        state = ReaderState.CASSETTE_IN if self._loaded else ReaderState.IDLE
        return State(state, flags, 0)

    def _load(self) -> Message:
        if self.faults.lid_open:
            return Error(ErrorCode.LID_OPEN, "")
        if self.faults.load_error is not None:
            return Error(self.faults.load_error, "")
        plate = self.slot
        if plate is None:
            return Error(ErrorCode.NO_CASSETTE, "")
        self._loaded = True
        flags = PlateFlag(0) if plate.is_erased_before else PlateFlag.NOT_ERASED
        size = (plate.width_mm, plate.height_mm)
        return Loaded(plate.plate_id, plate.plate_type, *size, plate.exposures, flags)

    def _read(self, request: Read, sequence: int) -> Message:
        size = request.segment_bytes
        if not SEGMENT_BYTES_MIN <= size <= SAMPLES_BYTES_MAX or size % 2 or not request.read:
            return Error(ErrorCode.BAD_REQUEST, "segment")
        if self.image is not None and self.image.read != request.read:
            return Error(ErrorCode.NOT_ERASED, f"read {self.image.read:08X}")
        if self.image is None and (error := self._expose(request)) is not None:
            return error
        image = self.image
        if image is None or request.from_sample > image.count:
            return Error(ErrorCode.BAD_REQUEST, "from sample")
        self._sending = Sending(
            image.read, sequence, size, request.from_sample, request.until_sample, 0
        )
        self._sending.spoke_s = self._now_s
        return self._reading(image)

    def _expose(self, request: Read) -> Error | None:
        """The laser goes over the plate: its latent image is gone, the samples are kept."""
        plate = self.slot
        if plate is None or not self._loaded:
            return Error(ErrorCode.NO_CASSETTE, "")
        if self.faults.read_error is not None:
            return Error(self.faults.read_error, "")
        if request.pitch_um != plate.pitch_um:
            return Error(ErrorCode.BAD_REQUEST, f"this plate is sampled at {plate.pitch_um} um")
        rows, columns = plate.latent.shape
        self.sent_samples = 0
        latent = np.zeros_like(plate.latent) if self._is_blank else plate.latent
        samples = latent.astype("<u2").tobytes()
        self.image = KeptImage(
            request.read, samples, columns, rows, request.gain_thousandths, plate.plate_id
        )
        latent = np.zeros_like(plate.latent)
        self.slot = replace(plate, latent=latent, is_erased_before=False)
        return None

    def _reading(self, image: KeptImage) -> Reading:
        plate = self.slot
        pitch_um, bits = (plate.pitch_um, plate.bits) if plate else (100, 16)
        return Reading(
            image.read, image.columns, image.rows, pitch_um, image.gain_thousandths, bits
        )

    def _erase(self, request: Erase) -> Message:
        image = self.image
        if image is None:
            return Error(ErrorCode.WRONG_STATE, "nothing is kept")
        if self.slot is None:
            return Error(ErrorCode.NO_CASSETTE, "")
        if self.slot.plate_id != image.plate_id:
            return Error(ErrorCode.WRONG_CASSETTE, f"read {image.read:08X} is {image.plate_id}'s")
        if (request.read, request.samples, request.crc32) != (image.read, image.count, image.crc32):
            return Error(ErrorCode.NOT_THE_IMAGE, "")
        if self.faults.erase_error is not None:
            return Error(self.faults.erase_error, "")
        self.erased.append((self.slot.plate_id, image.read))
        self.slot = replace(self.slot, is_erased_before=True)
        self.image, self._sending, self._is_blank = None, None, True
        return Done(Kind.ERASE)

    def _eject(self) -> Message:
        if self.image is not None:
            return Error(ErrorCode.NOT_ERASED, f"read {self.image.read:08X}")
        self.put_in(None)
        return Done(Kind.EJECT)

    def _say(self, message: Message, sequence: int) -> bytes:
        kind, body = body_of(message)
        return Frame(kind, sequence, body).to_bytes()

    def _frame(self, message: Message) -> bytes:
        self._out_sequence += 1
        return self._say(message, self._out_sequence)


def _is_request(message: Message) -> TypeGuard[Request]:
    return isinstance(message, Identify | Status | Load | Read | Erase | Eject)
