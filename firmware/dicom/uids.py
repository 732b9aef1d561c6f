"""UIDs that need no registered root: 2.25 and a UUID (PS3.5 B.2, ITU-T X.667).

They are made of the entropy that is passed in, so that a simulation can replay them.
"""

from hal.clock import Entropy
from hal.values import Uid

IMPLEMENTATION_CLASS_UID = Uid("2.25.270730845011167448792139881171964064753")
IMPLEMENTATION_VERSION_NAME = "SAPI_NODE_0_1"  # PS3.7 D.3.3.2: at most 16 characters

EXPLICIT_VR_LITTLE_ENDIAN = Uid("1.2.840.10008.1.2.1")
MULTI_FRAME_GRAYSCALE_WORD_SECONDARY_CAPTURE = Uid("1.2.840.10008.5.1.4.1.1.7.3")
COMPUTED_RADIOGRAPHY = Uid("1.2.840.10008.5.1.4.1.1.1")
SECONDARY_CAPTURE = Uid("1.2.840.10008.5.1.4.1.1.7")
KEY_OBJECT_SELECTION_DOCUMENT = Uid("1.2.840.10008.5.1.4.1.1.88.59")

UUID_BYTES = 16


def new_uid(entropy: Entropy) -> Uid:
    """A UID that nobody else has: a version 4 UUID as one decimal number under 2.25."""
    number = int.from_bytes(entropy.random_bytes(UUID_BYTES), "big")
    number = number & ~(0xF << 76) | 0x4 << 76  # X.667 12.2: version 4, random-number-based
    number = number & ~(0x3 << 62) | 0x2 << 62  # X.667 12.2: the variant
    return Uid(f"2.25.{number}")
