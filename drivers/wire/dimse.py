"""DIMSE command sets (PS3.7 annex E) and the putting together of messages from fragments.

Pure: takes and gives bytes, never touches a socket, never judges a status.
"""

from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from drivers.wire.p_data import MalformedPdu, Pdv
from hal.values import Uid

NO_DATA_SET = 0x0101
WITH_DATA_SET = 0x0001
"""Command Data Set Type (0000,0800): anything but 0101H announces a data set (PS3.7 E.1)."""
PRIORITY_MEDIUM = 0x0000

COMMAND_BYTES_MAX = 64 * 1024
"""Every command set of PS3.7 that we take part in stays under 1 KiB."""
DATA_SET_BYTES_MAX = 4 * 1024 * 1024
"""What an archive sends us is commitment reports: about 150 bytes a reference."""

SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
"""Transfer syntaxes that we encode and decode in memory; images pass as they are."""


class CommandField(IntEnum):
    """Command Field (0000,0100), PS3.7 E.1 and E.2."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130


@dataclass(frozen=True)
class Message:
    """`data_set` is still encoded, in the context's transfer syntax; None: none announced."""

    context_id: int
    command: Dataset
    data_set: bytes | None

    @property
    def field(self) -> int:
        return int(self.command.CommandField)


def encode(data_set: Dataset, transfer_syntax: str) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian = True
    buffer.is_implicit_VR = transfer_syntax == ImplicitVRLittleEndian
    write_dataset(buffer, data_set)
    return buffer.getvalue()


def decode(data: bytes, transfer_syntax: str) -> Dataset:
    """Everything is read at once: pydicom otherwise puts off the errors. Raises MalformedPdu."""
    try:
        data_set = read_dataset(
            BytesIO(data),
            is_implicit_VR=transfer_syntax == ImplicitVRLittleEndian,
            is_little_endian=True,
        )
        data_set.decode()
    except Exception as error:  # pydicom raises whatever the bytes make it stumble over
        raise MalformedPdu("not a data set that can be read") from error
    return data_set


def encode_command(command: Dataset) -> bytes:
    """Always Implicit VR Little Endian, after its own length (PS3.7 6.3.1)."""
    body = encode(command, ImplicitVRLittleEndian)
    group_length = Dataset()
    group_length.CommandGroupLength = len(body)
    return encode(group_length, ImplicitVRLittleEndian) + body


def decode_command(data: bytes) -> Dataset:
    """A command set with the two elements that all of them carry. Raises MalformedPdu."""
    command = decode(data, ImplicitVRLittleEndian)
    for keyword in ("CommandField", "CommandDataSetType"):
        if not isinstance(command.get(keyword), int):
            raise MalformedPdu(f"a command set without {keyword}")
    return command


def c_echo_request(message_id: int) -> Dataset:
    command = Dataset()
    command.AffectedSOPClassUID = "1.2.840.10008.1.1"
    command.CommandField = CommandField.C_ECHO_RQ
    command.MessageID = message_id
    command.CommandDataSetType = NO_DATA_SET
    return command


def c_store_request(message_id: int, sop_class_uid: Uid, sop_instance_uid: Uid) -> Dataset:
    """PS3.7 table 9.3-1."""
    command = Dataset()
    command.AffectedSOPClassUID = sop_class_uid
    command.CommandField = CommandField.C_STORE_RQ
    command.MessageID = message_id
    command.Priority = PRIORITY_MEDIUM
    command.CommandDataSetType = WITH_DATA_SET
    command.AffectedSOPInstanceUID = sop_instance_uid
    return command


def n_action_request(
    message_id: int, sop_class_uid: str, sop_instance_uid: str, action_type_id: int
) -> Dataset:
    """PS3.7 table 10.3-7."""
    command = Dataset()
    command.RequestedSOPClassUID = sop_class_uid
    command.CommandField = CommandField.N_ACTION_RQ
    command.MessageID = message_id
    command.CommandDataSetType = WITH_DATA_SET
    command.RequestedSOPInstanceUID = sop_instance_uid
    command.ActionTypeID = action_type_id
    return command


def n_event_report_response(request: Dataset, status: int) -> Dataset:
    """PS3.7 table 10.3-2. What the request left out is left out here too."""
    command = Dataset()
    command.CommandField = CommandField.N_EVENT_REPORT_RSP
    command.MessageIDBeingRespondedTo = request.get("MessageID", 0)
    command.CommandDataSetType = NO_DATA_SET
    command.Status = status
    for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID", "EventTypeID"):
        if keyword in request:
            setattr(command, keyword, request[keyword].value)
    return command


class MessageReader:
    """Fragments in, whole messages out. Raises MalformedPdu; of no use afterwards."""

    def __init__(self) -> None:
        self._context_id: int | None = None
        self._command: Dataset | None = None
        self._fragments = bytearray()

    def feed(self, pdv: Pdv) -> Message | None:
        self._check(pdv)
        self._fragments += pdv.fragment
        if not pdv.is_last:
            return None
        part = bytes(self._fragments)
        self._fragments.clear()
        if self._command is not None:
            return self._message(self._command, part)
        command = decode_command(part)
        if command.CommandDataSetType == NO_DATA_SET:
            return self._message(command, None)
        self._command = command
        return None

    def _check(self, pdv: Pdv) -> None:
        if self._context_id not in (None, pdv.context_id):
            raise MalformedPdu("a message changed its presentation context half way")
        self._context_id = pdv.context_id
        if pdv.is_command is (self._command is not None):
            raise MalformedPdu("a command fragment where a data set was due, or the reverse")
        bytes_max = COMMAND_BYTES_MAX if pdv.is_command else DATA_SET_BYTES_MAX
        if len(self._fragments) + len(pdv.fragment) > bytes_max:
            raise MalformedPdu(f"a message of more than {bytes_max} bytes")

    def _message(self, command: Dataset, data_set: bytes | None) -> Message:
        context_id, self._context_id, self._command = self._context_id, None, None
        assert context_id is not None  # noqa: S101  set by _check, before any message ends
        return Message(context_id, command, data_set)
