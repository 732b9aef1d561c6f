"""One host's conversation with an ESC/I scanner over an open pipe: ask, set, ACK, abort.

Every reply is checked; whatever makes no sense is a DeviceMisbehaved. It decides nothing about
scanning: that is `film_scanner_esci`.
"""

from array import array
from typing import TypeVar

from drivers import film_scanner_sentences as say
from drivers.film_scanner_usb import BulkPipe
from drivers.wire.esci import codes
from drivers.wire.esci.layout import EsciFormatError, Record
from drivers.wire.esci.messages import ScanParameters
from hal.errors import DeviceMisbehaved

Reply = TypeVar("Reply", bound=Record)

RESET_TIMEOUT_S = 5.0  # ESC @ and CAN are answered at once: the lamp and the carriage are not asked
LEFT_OVER_QUIET_S = 0.1  # a reply not read by an earlier program is there at once
BLOCK_QUIET_S = 0.5  # a block under way may take a carriage's while
RESYNCHRONISE_TRIES = 3  # one for data left over, one for a block under way, one to spare


class EsciSession:
    def __init__(self, pipe: BulkPipe) -> None:
        self._pipe = pipe

    def begin(self) -> None:
        """Bring it to its defaults, whatever an earlier program left it doing."""
        self._pipe.drain(LEFT_OVER_QUIET_S)  # an ACK left over would pass for the one to ESC @
        self._reset()

    def _reset(self) -> None:
        if not self._acknowledges(codes.RESET):
            self._resynchronise()

    def ask(self, command: bytes, reply: type[Reply]) -> Reply:
        self._pipe.write(command)
        data = self._pipe.read(reply.SIZE)
        try:
            return reply.from_bytes(data)
        except EsciFormatError as error:
            raise DeviceMisbehaved(say.NOT_UNDERSTOOD.fill(detail=reply.__name__)) from error

    def set_parameters(self, parameters: ScanParameters) -> None:
        for message in (codes.SET_PARAMETERS, parameters.to_bytes()):
            self._pipe.write(message)
            answer = self._pipe.read(1)
            if answer == codes.NAK:
                raise DeviceMisbehaved(say.REFUSED)
            if answer != codes.ACK:
                raise DeviceMisbehaved(say.NOT_UNDERSTOOD.fill(detail=answer.hex()))

    def acknowledge_block(self) -> None:
        self._pipe.write(codes.ACK)

    def read_block(self, block: "array[int]") -> None:
        self._pipe.read_into(block)

    def abort_scan(self, under_way: bool) -> None:
        """Stop, and reset. `under_way`: the last block has not been read yet."""
        if under_way and not self._acknowledges(codes.CAN):
            self._resynchronise()
        else:
            self._reset()

    def _acknowledges(self, command: bytes) -> bool:
        """Silence is no ACK; a scanner that is gone is still DeviceUnavailable."""
        try:
            self._pipe.write(command)
            return self._pipe.read(1, RESET_TIMEOUT_S) == codes.ACK
        except DeviceMisbehaved:
            return False

    def _resynchronise(self) -> None:
        """A scan under way hears nothing but ACK and CAN, and that only between blocks."""
        for _ in range(RESYNCHRONISE_TRIES):
            self._pipe.drain(BLOCK_QUIET_S)
            self._pipe.write(codes.CAN)
            self._pipe.drain(BLOCK_QUIET_S)
            if self._acknowledges(codes.RESET):
                return
        raise DeviceMisbehaved(say.SILENT)
