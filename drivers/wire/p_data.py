"""P-DATA-TF PDUs (PS3.8 9.3.5): fragments to bytes, and bytes back to fragments.

Pure: takes and gives bytes, never touches a socket. It exists beside pynetdicom's own classes
because those copy every fragment several times and hold a whole message in memory; an image
here goes from the file to the socket in blocks.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from hal.disk import Buffer

P_DATA_TF = 0x04
PDU_HEADER = struct.Struct(">BxI")
"""PDU type, reserved, length of what follows (PS3.8 table 9-22)."""
FRAGMENT_HEADER = struct.Struct(">BxIIBB")
"""A PDU with one PDV: the PDU header, then item length, context id, control header."""
PDV_HEADER = struct.Struct(">IBB")
FRAGMENT_OVERHEAD_BYTES = PDV_HEADER.size

COMMAND = 0x01
LAST = 0x02
"""Bits of the message control header (PS3.8 E.2)."""


class MalformedPdu(ValueError):
    """The bytes are not what PS3.8 or PS3.7 allows here."""


class Pdv(NamedTuple):
    context_id: int
    is_command: bool
    is_last: bool
    fragment: bytes


def fragment_pdus(
    data: memoryview, context_id: int, control: int, fragment_bytes_max: int
) -> list[Buffer]:
    """Headers and slices of `data` in the order to send them; nothing is copied.

    `control` is COMMAND or 0, with LAST when `data` ends the command or data set.
    """
    pdus: list[Buffer] = []
    whole = fragment_header(fragment_bytes_max, context_id, control & ~LAST)
    position, left_bytes = 0, len(data)
    while left_bytes > fragment_bytes_max:
        pdus += whole, data[position : position + fragment_bytes_max]
        position += fragment_bytes_max
        left_bytes -= fragment_bytes_max
    if left_bytes:
        pdus += fragment_header(left_bytes, context_id, control), data[position:]
    return pdus


def fragment_header(size: int, context_id: int, control: int) -> bytes:
    return FRAGMENT_HEADER.pack(P_DATA_TF, size + 6, size + 2, context_id, control)


def pdvs(pdu_body: bytes) -> Iterator[Pdv]:
    """The presentation data values of one P-DATA-TF, its six header bytes already taken off."""
    position = 0
    while position < len(pdu_body):
        if position + PDV_HEADER.size > len(pdu_body):
            raise MalformedPdu("a presentation data value is cut inside its header")
        item_length, context_id, control = PDV_HEADER.unpack_from(pdu_body, position)
        end = position + 4 + item_length
        if item_length < 2 or end > len(pdu_body):
            raise MalformedPdu("a presentation data value is longer than its PDU")
        fragment = pdu_body[position + PDV_HEADER.size : end]
        yield Pdv(context_id, bool(control & COMMAND), bool(control & LAST), fragment)
        position = end
