"""A worklist entry is an order or is left out with a sentence, whatever the RIS sends."""

import struct

from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import tag_for_keyword

from drivers.dicom_worklist import read_entry
from drivers.wire.data_set import SYNTAXES
from hal.errors import Sentence
from hal.values import Order

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F), max_size=80)
TEXTS = (
    *("PatientName", "PatientID", "AccessionNumber", "RequestedProcedureDescription"),
    *("StudyInstanceUID", "PatientBirthDate", "SpecificCharacterSet"),
)
IMPLICIT = SYNTAXES[1]
VALUES = st.fixed_dictionaries({}, optional={key: st.binary(max_size=80) for key in TEXTS})


def entry(values: dict[str, bytes], step_date: bytes) -> bytes:
    """Implicit VR Little Endian by hand (PS3.5 7.1.3): pydicom would mend or refuse such values."""
    step = _element("ScheduledProcedureStepStartDate", step_date)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(step)) + step
    elements = {key: _element(key, value) for key, value in values.items()}
    elements["ScheduledProcedureStepSequence"] = _element("ScheduledProcedureStepSequence", item)
    return b"".join(elements[key] for key in sorted(elements, key=_tag))


def _element(keyword: str, value: bytes) -> bytes:
    value += b" " * (len(value) % 2)
    tag = _tag(keyword)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    assert tag
    return tag


@given(data=st.binary(max_size=400), syntax=st.sampled_from(SYNTAXES))
def test_any_bytes(data: bytes, syntax: str) -> None:
    assert isinstance(read_entry(data, syntax), Order | Sentence)


@given(
    values=VALUES,
    step_date=st.binary(max_size=10),
)
def test_any_values(values: dict[str, bytes], step_date: bytes) -> None:
    read = read_entry(entry(values, step_date), IMPLICIT)
    if isinstance(read, Order):
        assert read.patient.patient_id
        assert read.patient.name
        assert len(read.accession_number) <= 16
        assert read.study_instance_uid


@given(
    data=st.builds(
        lambda name, words: entry(
            {
                "PatientName": name.encode(),
                "PatientID": b"1",
                "StudyInstanceUID": b"1.2",
                "RequestedProcedureDescription": words.encode(),
            },
            b"20261124",
        ),
        WORDS.map(lambda word: f"NOM{word}"),
        WORDS,
    ),
    cut=st.integers(0, 200),
    at=st.integers(0, 400),
    byte=st.integers(0, 255),
)
def test_damage_on_the_way(data: bytes, cut: int, at: int, byte: int) -> None:
    damaged = bytearray(data)
    damaged[at % len(damaged)] = byte
    assert isinstance(read_entry(bytes(damaged), IMPLICIT), Order | Sentence)
    assert isinstance(read_entry(data[:-cut] if cut else data, IMPLICIT), Order | Sentence)
    assert isinstance(read_entry(data, IMPLICIT), Order)
