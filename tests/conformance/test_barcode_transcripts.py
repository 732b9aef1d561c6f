"""Packets of the Simple Serial Interface written out by hand from its manuals.

SE 923 Integration Guide 70-37052-01: table 6-2 (fields, checksum), DECODE_DATA. The checksums were
added up on paper: 0x10000 minus the sum of the bytes before them.
"""

import pytest

from drivers.wire.barcode_codes import Code, Symbology
from drivers.wire.barcode_ssi import ACK, NAK, Reply, SsiCodes

# 04+D0+04+00 = D8; 10000-D8 = FF28. The same in public drivers of other people.
MANUAL_ACK = bytes.fromhex("04 D0 04 00 FF 28")
# 05+D1+04+00+01 = DB; 10000-DB = FF25.
MANUAL_NAK_RESEND = bytes.fromhex("05 D1 04 00 01 FF 25")
# Code 128 (type 03) "A12": 08+F3+00+00+03+41+31+32 = 1A2; 10000-1A2 = FE5E.
A12 = bytes.fromhex("08 F3 00 00 03 41 31 32 FE 5E")
# The same, sent again: the sum is 1A3.
A12_AGAIN = bytes.fromhex("08 F3 00 01 03 41 31 32 FE 5D")
# Codabar (type 02) "A7B": 08+F3+00+00+02+41+37+42 = 1B7; 10000-1B7 = FE49.
CODABAR = bytes.fromhex("08 F3 00 00 02 41 37 42 FE 49")
# "12" to be continued: 07+F3+00+02+03+31+32 = 162 -> FE9E;
# then "3": 06+F3+00+00+03+33 = 12F -> FED1.
FIRST_PART = bytes.fromhex("07 F3 00 02 03 31 32 FE 9E")
SECOND_PART = bytes.fromhex("06 F3 00 00 03 33 FE D1")
# EVENT (F6) with one byte: 05+F6+00+00+01 = FC -> FF04.
EVENT = bytes.fromhex("05 F6 00 00 01 FF 04")
# The decoder's own CMD_ACK: 04+D0+00+00 = D4 -> FF2C.
DECODER_ACK = bytes.fromhex("04 D0 00 00 FF 2C")


def test_our_answers_are_the_manuals() -> None:
    assert (ACK, NAK) == (MANUAL_ACK, MANUAL_NAK_RESEND)


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (A12, [Reply(MANUAL_ACK), Code("A12", Symbology.PLAIN)]),
        (CODABAR, [Reply(MANUAL_ACK), Code("A7B", Symbology.CODABAR)]),
        (A12[:-1] + b"\x5f", [Reply(MANUAL_NAK_RESEND)]),
        (EVENT, [Reply(MANUAL_ACK)]),
        (DECODER_ACK, []),
        (
            FIRST_PART + SECOND_PART,
            [Reply(MANUAL_ACK), Reply(MANUAL_ACK), Code("123", Symbology.PLAIN)],
        ),
        # Our answer was lost: it is given again, and the patient is not scanned twice.
        (
            A12 + A12_AGAIN,
            [Reply(MANUAL_ACK), Code("A12", Symbology.PLAIN), Reply(MANUAL_ACK)],
        ),
        # It did not fit the first time: the second is the first that counts.
        (
            A12[:-1] + b"\x00" + A12_AGAIN,
            [Reply(MANUAL_NAK_RESEND), Reply(MANUAL_ACK), Code("A12", Symbology.PLAIN)],
        ),
        # Noise while the plug went in: no length, and nobody's source.
        (b"\x00\x03\xff\xff\xff" + A12, [Reply(MANUAL_ACK), Code("A12", Symbology.PLAIN)]),
    ],
)
def test_the_manuals_packets(sent: bytes, events: list[object]) -> None:
    assert SsiCodes().feed(sent, 0.0) == events


def test_the_same_wristband_twice_is_two_codes() -> None:
    codes = SsiCodes()
    assert codes.feed(A12, 0.0) == codes.feed(A12, 3.0)


def test_half_a_packet_before_a_silence_is_dropped() -> None:
    codes = SsiCodes()
    assert codes.feed(A12[:6], 0.0) == []
    assert codes.feed(A12, 1.0) == [Reply(MANUAL_ACK), Code("A12", Symbology.PLAIN)]
