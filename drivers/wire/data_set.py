"""Small data sets in memory: what goes and comes with every message but C-STORE and C-GET.

Pure, by pydicom. Images never pass here: they go as they are in their files.
"""

from io import BytesIO

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from drivers.wire.p_data import MalformedPdu

SYNTAXES = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))


def encode(data_set: Dataset, transfer_syntax: str) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_little_endian = True
    buffer.is_implicit_VR = transfer_syntax == ImplicitVRLittleEndian
    write_dataset(buffer, data_set)
    return buffer.getvalue()


def decode(data: bytes, transfer_syntax: str) -> Dataset:
    """Everything is read at once: pydicom otherwise puts off the errors. Raises MalformedPdu."""
    data_set = split(data, transfer_syntax)
    try:
        data_set.decode()
    except Exception as error:  # pydicom raises whatever the bytes make it stumble over
        raise MalformedPdu("not a data set that can be read") from error
    return data_set


def split(data: bytes, transfer_syntax: str) -> Dataset:
    """Into elements whose values are still bytes, but for sequences of undefined length. Raises
    MalformedPdu."""
    try:
        return read_dataset(
            BytesIO(data),
            is_implicit_VR=transfer_syntax == ImplicitVRLittleEndian,
            is_little_endian=True,
        )
    except Exception as error:  # as above
        raise MalformedPdu("not a data set that can be read") from error
