import pytest

from drivers.wire.part10 import NotPart10, read_head
from hal.values import SopReference, Uid
from tests.conformance.dicom_transcripts import DATA_SET, FILE


def test_the_data_set_begins_after_group_2() -> None:
    head = read_head(FILE)
    assert FILE[head.data_set_offset :] == DATA_SET
    assert head.reference == SopReference(Uid("1.2.840.10008.5.1.4.1.1.7"), Uid("1.2.3"))
    assert head.transfer_syntax_uid == "1.2.840.10008.1.2.1"


@pytest.mark.parametrize("size", range(0, len(FILE) - len(DATA_SET), 5))
def test_a_cut_head_is_told(size: int) -> None:
    with pytest.raises(NotPart10):
        read_head(FILE[:size])


def test_without_a_group_length() -> None:
    with pytest.raises(NotPart10, match="Group Length"):
        read_head(FILE[:132] + FILE[144:])


def test_without_an_instance_uid() -> None:
    with pytest.raises(NotPart10):
        read_head(FILE.replace(bytes.fromhex("0200 0300"), bytes.fromhex("0200 0400")))
