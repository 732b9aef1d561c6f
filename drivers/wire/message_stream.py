"""Messages whose data sets are too long to keep: the command, then the data set piece by piece.

Pure. `drivers.wire.dimse.MessageReader` puts whole messages together and bounds them; an image
that comes back from an archive goes to its file as it comes.
"""

from dataclasses import dataclass

from drivers.wire.dimse import COMMAND_BYTES_MAX, NO_DATA_SET, Message, decode_command
from drivers.wire.p_data import MalformedPdu, Pdv


@dataclass(frozen=True)
class Piece:
    """The next bytes of the data set that the message before it announced."""

    data: bytes
    is_last: bool


class MessageStream:
    """Fragments in; a message without its data set, then the pieces of that.

    Raises MalformedPdu; of no use afterwards.
    """

    def __init__(self) -> None:
        self._context_id: int | None = None
        """Of the message under way."""
        self._data_set_due = False
        self._command = bytearray()

    def feed(self, pdv: Pdv) -> Message | Piece | None:
        self._check(pdv)
        if not pdv.is_command:
            self._data_set_due = not pdv.is_last
            self._context_id = None if pdv.is_last else pdv.context_id
            return Piece(pdv.fragment, pdv.is_last)
        self._command += pdv.fragment
        if not pdv.is_last:
            return None
        command = decode_command(bytes(self._command))
        self._command.clear()
        self._data_set_due = command["CommandDataSetType"] != NO_DATA_SET
        self._context_id = pdv.context_id if self._data_set_due else None
        return Message(pdv.context_id, command, None)

    def _check(self, pdv: Pdv) -> None:
        if self._context_id not in (None, pdv.context_id):
            raise MalformedPdu("a message changed its presentation context half way")
        self._context_id = pdv.context_id
        if pdv.is_command is self._data_set_due:
            raise MalformedPdu("a command fragment where a data set was due, or the reverse")
        if len(self._command) + len(pdv.fragment) * pdv.is_command > COMMAND_BYTES_MAX:
            raise MalformedPdu(f"a command set of more than {COMMAND_BYTES_MAX} bytes")
