"""DIMSE command sets (PS3.7 annex E) and the putting together of messages from fragments.

Pure: takes and gives bytes, never touches a socket, never judges a status.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

from drivers.wire.p_data import MalformedPdu, Pdv
from hal.values import Uid

VERIFICATION = "1.2.840.10008.1.1"
NO_DATA_SET = 0x0101
WITH_DATA_SET = 0x0001
"""Command Data Set Type (0000,0800): anything but 0101H announces a data set (PS3.7 E.1)."""
PRIORITY_MEDIUM = 0x0000

COMMAND_BYTES_MAX = 64 * 1024
"""Every command set of PS3.7 that we take part in stays under 1 KiB."""
DATA_SET_BYTES_MAX = 4 * 1024 * 1024
"""What an archive sends us is commitment reports: about 150 bytes a reference."""


class CommandField(IntEnum):
    """Command Field (0000,0100), PS3.7 E.1 and E.2."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_GET_RQ = 0x0010
    C_GET_RSP = 0x8010
    C_FIND_RQ = 0x0020
    C_FIND_RSP = 0x8020
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_SET_RQ = 0x0120
    N_SET_RSP = 0x8120
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130
    N_CREATE_RQ = 0x0140
    N_CREATE_RSP = 0x8140


Command = dict[str, int | str]
"""A command set, by the keywords of PS3.7 E.1."""

ELEMENTS = {
    "AffectedSOPClassUID": 0x0002,
    "RequestedSOPClassUID": 0x0003,
    "CommandField": 0x0100,
    "MessageID": 0x0110,
    "MessageIDBeingRespondedTo": 0x0120,
    "Priority": 0x0700,
    "CommandDataSetType": 0x0800,
    "Status": 0x0900,
    "ErrorID": 0x0903,
    "AffectedSOPInstanceUID": 0x1000,
    "RequestedSOPInstanceUID": 0x1001,
    "EventTypeID": 0x1002,
    "ActionTypeID": 0x1008,
}
"""Element numbers in group 0000 (PS3.7 table E.1-1); all are US but the UIDs."""
KEYWORDS = {number: keyword for keyword, number in ELEMENTS.items()}
UIDS = frozenset(number for keyword, number in ELEMENTS.items() if keyword.endswith("UID"))
GROUP_LENGTH = 0x0000
ELEMENT_HEADER = struct.Struct("<HHI")
US = struct.Struct("<H")
US_ELEMENT = struct.Struct("<HHIH")
LENGTH_ELEMENT = struct.Struct("<HHII")


class Message(NamedTuple):
    """`data_set` is still encoded, in the context's transfer syntax; None: none announced."""

    context_id: int
    command: Command
    data_set: bytes | None

    @property
    def field(self) -> int:
        return int(self.command["CommandField"])


def encode_command(command: Command) -> bytes:
    """Implicit VR Little Endian, ascending tags, after its own length (PS3.7 6.3.1)."""
    numbered = sorted([(ELEMENTS[keyword], value) for keyword, value in command.items()])
    body = b"".join([_element(number, value) for number, value in numbered])
    return LENGTH_ELEMENT.pack(0, GROUP_LENGTH, 4, len(body)) + body


def _element(number: int, value: int | str) -> bytes:
    if isinstance(value, int):
        return US_ELEMENT.pack(0, number, US.size, value)
    uid = value.encode("ascii")
    uid += b"\0" * (len(uid) % 2)  # PS3.5 9.1: UIDs are padded with NUL
    return ELEMENT_HEADER.pack(0, number, len(uid)) + uid


def decode_command(data: bytes) -> Command:
    """The elements that we know, of a command set with the two that all carry (PS3.7 6.3.1).

    Raises MalformedPdu.
    """
    command: Command = {}
    position = 0
    size = len(data)
    while position < size:
        start = position + ELEMENT_HEADER.size
        if start > size:
            raise MalformedPdu("a command set is cut inside an element")
        group, number, length = ELEMENT_HEADER.unpack_from(data, position)
        position = start + length
        if group != 0 or position > size:
            raise MalformedPdu("a command set with an element that does not belong")
        if number in KEYWORDS:
            command[KEYWORDS[number]] = _value(number, data[start:position])
    for keyword in ("CommandField", "CommandDataSetType"):
        if keyword not in command:
            raise MalformedPdu(f"a command set without {keyword}")
    return command


def _value(number: int, value: bytes) -> int | str:
    if number in UIDS:
        return value.rstrip(b"\0 ").decode("ascii", "replace")
    if len(value) != US.size:
        raise MalformedPdu(f"{KEYWORDS[number]} of {len(value)} bytes")
    return int.from_bytes(value, "little")


def c_echo_request(message_id: int) -> Command:
    """PS3.7 table 9.3-12."""
    return {
        "AffectedSOPClassUID": VERIFICATION,
        "CommandField": CommandField.C_ECHO_RQ,
        "MessageID": message_id,
        "CommandDataSetType": NO_DATA_SET,
    }


def c_store_request(message_id: int, sop_class_uid: Uid, sop_instance_uid: Uid) -> Command:
    """PS3.7 table 9.3-1."""
    return {
        "AffectedSOPClassUID": sop_class_uid,
        "CommandField": CommandField.C_STORE_RQ,
        "MessageID": message_id,
        "Priority": PRIORITY_MEDIUM,
        "CommandDataSetType": WITH_DATA_SET,
        "AffectedSOPInstanceUID": sop_instance_uid,
    }


def c_store_response(request: Command, status: int) -> Command:
    """PS3.7 table 9.3-2. What the request left out is left out here too."""
    returned = ("AffectedSOPClassUID", "AffectedSOPInstanceUID")
    return {keyword: request[keyword] for keyword in returned if keyword in request} | {
        "CommandField": CommandField.C_STORE_RSP,
        "MessageIDBeingRespondedTo": request.get("MessageID", 0),
        "CommandDataSetType": NO_DATA_SET,
        "Status": status,
    }


def c_get_request(message_id: int, sop_class_uid: str) -> Command:
    """PS3.7 table 9.3-6."""
    return {
        "AffectedSOPClassUID": sop_class_uid,
        "CommandField": CommandField.C_GET_RQ,
        "MessageID": message_id,
        "Priority": PRIORITY_MEDIUM,
        "CommandDataSetType": WITH_DATA_SET,
    }


def c_find_request(message_id: int, sop_class_uid: str) -> Command:
    """PS3.7 table 9.3-3."""
    return {
        "AffectedSOPClassUID": sop_class_uid,
        "CommandField": CommandField.C_FIND_RQ,
        "MessageID": message_id,
        "Priority": PRIORITY_MEDIUM,
        "CommandDataSetType": WITH_DATA_SET,
    }


def n_action_request(
    message_id: int, sop_class_uid: str, sop_instance_uid: str, action_type_id: int
) -> Command:
    """PS3.7 table 10.3-7."""
    return {
        "RequestedSOPClassUID": sop_class_uid,
        "CommandField": CommandField.N_ACTION_RQ,
        "MessageID": message_id,
        "CommandDataSetType": WITH_DATA_SET,
        "RequestedSOPInstanceUID": sop_instance_uid,
        "ActionTypeID": action_type_id,
    }


def n_create_request(message_id: int, sop_class_uid: str, sop_instance_uid: str) -> Command:
    """PS3.7 table 10.3-9."""
    return {
        "AffectedSOPClassUID": sop_class_uid,
        "CommandField": CommandField.N_CREATE_RQ,
        "MessageID": message_id,
        "CommandDataSetType": WITH_DATA_SET,
        "AffectedSOPInstanceUID": sop_instance_uid,
    }


def n_set_request(message_id: int, sop_class_uid: str, sop_instance_uid: str) -> Command:
    """PS3.7 table 10.3-5."""
    return {
        "RequestedSOPClassUID": sop_class_uid,
        "CommandField": CommandField.N_SET_RQ,
        "MessageID": message_id,
        "CommandDataSetType": WITH_DATA_SET,
        "RequestedSOPInstanceUID": sop_instance_uid,
    }


def n_event_report_response(request: Command, status: int) -> Command:
    """PS3.7 table 10.3-2. What the request left out is left out here too."""
    returned = ("AffectedSOPClassUID", "AffectedSOPInstanceUID", "EventTypeID")
    return {keyword: request[keyword] for keyword in returned if keyword in request} | {
        "CommandField": CommandField.N_EVENT_REPORT_RSP,
        "MessageIDBeingRespondedTo": request.get("MessageID", 0),
        "CommandDataSetType": NO_DATA_SET,
        "Status": status,
    }


class MessageReader:
    """Fragments in, whole messages out. Raises MalformedPdu; of no use afterwards."""

    def __init__(self) -> None:
        self._context_id: int | None = None
        self._command: Command | None = None
        self._fragments = bytearray()

    def feed(self, pdv: Pdv) -> Message | None:
        self._check(pdv)
        if not pdv.is_last:
            self._fragments += pdv.fragment
            return None
        part = bytes(self._fragments) + pdv.fragment
        self._fragments.clear()
        if self._command is not None:
            return self._message(self._command, part)
        command = decode_command(part)
        if command["CommandDataSetType"] == NO_DATA_SET:
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

    def _message(self, command: Command, data_set: bytes | None) -> Message:
        context_id, self._context_id, self._command = self._context_id, None, None
        assert context_id is not None  # noqa: S101  set by _check, before any message ends
        return Message(context_id, command, data_set)
