"""DICOM on the wire, put together by hand from PS3.7 and PS3.8; no encoder made these bytes.

Lengths are written out, so that a mistake in ours cannot hide behind the same one here.
"""


def wire(*rows: str) -> bytes:
    return b"".join(bytes.fromhex(row) for row in rows)


def text(value: str) -> str:
    return value.encode("ascii").hex()


APPLICATION_CONTEXT = "10 00 0015" + text("1.2.840.10008.3.1.1.1")
NODE_AND_ARCHIVE = text("SIM_ARCHIVE     ") + text("SAPI_NODE       ") + "00" * 32
"""Called, calling, reserved (PS3.8 table 9-11)."""
IMPLICIT = "40 00 0011" + text("1.2.840.10008.1.2")
EXPLICIT = "40 00 0013" + text("1.2.840.10008.1.2.1")
USER_INFORMATION = "50 00 001a 51 00 0004 00004000 52 00 000e" + text("1.2.3.4.5.6.78")

ECHO_CONTEXT_RQ = "20 00 002e 01 00 00 00 30 00 0011" + text("1.2.840.10008.1.1") + IMPLICIT
ECHO_CONTEXT_AC = "21 00 0019 01 00 00 00" + IMPLICIT
STORE_CONTEXT_RQ = (
    "20 00 0038 01 00 00 00 30 00 0019" + text("1.2.840.10008.5.1.4.1.1.7") + EXPLICIT
)
STORE_CONTEXT_AC = "21 00 001b 01 00 00 00" + EXPLICIT
STORE_CONTEXT_REFUSED = "21 00 001b 01 00 04 00" + EXPLICIT
"""Result 4: transfer syntaxes not supported (PS3.8 table 9-18)."""

# 68 = 2 version + 2 reserved + 16 + 16 + 32; then 25 application context, the presentation
# context with its 4-byte header, and 30 user information.
ECHO_ASSOCIATE_RQ = wire(
    "01 00 000000ad 0001 0000", NODE_AND_ARCHIVE, APPLICATION_CONTEXT, ECHO_CONTEXT_RQ,
    USER_INFORMATION,
)  # fmt: skip
STORE_ASSOCIATE_RQ = wire(
    "01 00 000000b7 0001 0000", NODE_AND_ARCHIVE, APPLICATION_CONTEXT, STORE_CONTEXT_RQ,
    USER_INFORMATION,
)  # fmt: skip
ECHO_ASSOCIATE_AC = wire(
    "02 00 00000098 0001 0000", NODE_AND_ARCHIVE, APPLICATION_CONTEXT, ECHO_CONTEXT_AC,
    USER_INFORMATION,
)  # fmt: skip
STORE_ASSOCIATE_AC = wire(
    "02 00 0000009a 0001 0000", NODE_AND_ARCHIVE, APPLICATION_CONTEXT, STORE_CONTEXT_AC,
    USER_INFORMATION,
)  # fmt: skip
STORE_ASSOCIATE_AC_REFUSED = wire(
    "02 00 0000009a 0001 0000", NODE_AND_ARCHIVE, APPLICATION_CONTEXT, STORE_CONTEXT_REFUSED,
    USER_INFORMATION,
)  # fmt: skip
CALLED_AE_UNKNOWN_RJ = wire("03 00 00000004 00 01 01 07")
LOCAL_LIMIT_RJ = wire("03 00 00000004 00 02 03 02")
RELEASE_RQ = wire("05 00 00000004 00000000")
RELEASE_RP = wire("06 00 00000004 00000000")
ABORT_BY_USER = wire("07 00 00000004 0000 00 00")
ABORT_BY_PROVIDER = wire("07 00 00000004 0000 02 00")

VERIFICATION = "0000 0200 12000000" + text("1.2.840.10008.1.1") + "00"
SECONDARY_CAPTURE = "0000 0200 1a000000" + text("1.2.840.10008.5.1.4.1.1.7") + "00"
INSTANCE = "0000 0010 06000000" + text("1.2.3") + "00"
NO_DATA_SET = "0000 0008 02000000 0101"

# P-DATA-TF, PDV length, context 1, control 3 (command, last); then the group length.
ECHO_RQ = wire(
    "04 00 0000004a 00000046 01 03", "0000 0000 04000000 38000000", VERIFICATION,
    "0000 0001 02000000 3000", "0000 1001 02000000 0100", NO_DATA_SET,
)  # fmt: skip
ECHO_RSP = wire(
    "04 00 00000054 00000050 01 03", "0000 0000 04000000 42000000", VERIFICATION,
    "0000 0001 02000000 3080", "0000 2001 02000000 0100", NO_DATA_SET,
    "0000 0009 02000000 0000",
)  # fmt: skip
STORE_RQ = wire(
    "04 00 0000006a 00000066 01 03", "0000 0000 04000000 58000000", SECONDARY_CAPTURE,
    "0000 0001 02000000 0100", "0000 1001 02000000 0100", "0000 0007 02000000 0000",
    "0000 0008 02000000 0100", INSTANCE,
)  # fmt: skip
DATA_SET = wire(
    "0800 1600 5549 1a00", text("1.2.840.10008.5.1.4.1.1.7"), "00",
    "0800 1800 5549 0600", text("1.2.3"), "00",
    "e07f 1000 4f57 0000 04000000 01020304",
)  # fmt: skip
"""SOP Class UID, SOP Instance UID, Pixel Data: 34 + 14 + 16 bytes."""
STORE_DATA = wire("04 00 00000046 00000042 01 02") + DATA_SET
FILE = bytes(128) + b"DICM" + wire(
    "0200 0000 554c 0400 54000000",
    "0200 0200 5549 1a00", text("1.2.840.10008.5.1.4.1.1.7"), "00",
    "0200 0300 5549 0600", text("1.2.3"), "00",
    "0200 1000 5549 1400", text("1.2.840.10008.1.2.1"), "00",
    "0200 1300 5348 0000",
) + DATA_SET  # fmt: skip
"""PS3.10 7.1: preamble, prefix, 34 + 14 + 28 + 8 bytes of group 2, data set."""


def store_rsp(status: str, message_id: str = "0100") -> bytes:
    """`status` as it is on the wire, little endian."""
    return wire(
        "04 00 0000006a 00000066 01 03", "0000 0000 04000000 58000000", SECONDARY_CAPTURE,
        "0000 0001 02000000 0180", "0000 2001 02000000 " + message_id, NO_DATA_SET,
        "0000 0009 02000000 " + status, INSTANCE,
    )  # fmt: skip
