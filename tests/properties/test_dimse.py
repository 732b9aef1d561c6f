"""Messages survive any fragmentation; bytes from outside raise what they should, or nothing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from drivers.dicom_commitment import ReportRejected, read_report, request
from drivers.dicom_negotiation import Proposal, agreement, rejection
from drivers.wire.data_set import decode, encode
from drivers.wire.dimse import (
    Message,
    MessageReader,
    c_echo_request,
    c_store_request,
    encode_command,
)
from drivers.wire.p_data import COMMAND, LAST, PDU_HEADER, MalformedPdu, Pdv, fragment_pdus, pdvs
from drivers.wire.part10 import NotPart10, read_head
from hal.values import SopReference, Uid
from tests.conformance import dicom_transcripts as said

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom, of the rubbish

uids = st.lists(st.integers(0, 2**31), min_size=2, max_size=5).map(
    lambda parts: Uid("1." + ".".join(map(str, parts)))
)
references = st.builds(SopReference, uids, uids)
context_ids = st.integers(0, 127).map(lambda number: 2 * number + 1)


def sent(data: bytes, context_id: int, control: int, fragment_bytes: int) -> bytes:
    return b"".join(fragment_pdus(memoryview(data), context_id, control, fragment_bytes))


def received(stream: bytes) -> list[Message]:
    reader, messages = MessageReader(), []
    while stream:
        _, length = PDU_HEADER.unpack_from(stream)
        for pdv in pdvs(stream[6 : 6 + length]):
            message = reader.feed(pdv)
            if message:
                messages.append(message)
        stream = stream[6 + length :]
    return messages


@given(references, context_ids, st.binary(min_size=1, max_size=300), st.integers(1, 400))
def test_any_fragmentation(
    reference: SopReference, context_id: int, data_set: bytes, fragment_bytes: int
) -> None:
    command = c_store_request(7, reference.sop_class_uid, reference.sop_instance_uid)
    stream = (
        sent(encode_command(command), context_id, COMMAND | LAST, fragment_bytes)
        + sent(data_set, context_id, LAST, fragment_bytes)
        + sent(encode_command(c_echo_request(8)), context_id, COMMAND | LAST, fragment_bytes)
    )
    store, echo = received(stream)
    assert (store.context_id, store.data_set) == (context_id, data_set)
    assert store.command["AffectedSOPInstanceUID"] == reference.sop_instance_uid
    assert (echo.command["MessageID"], echo.data_set) == (8, None)


@given(st.binary(max_size=200))
def test_rubbish_in_a_pdu(body: bytes) -> None:
    reader = MessageReader()
    with suppress(MalformedPdu):
        for pdv in pdvs(body):
            reader.feed(pdv)


@given(st.binary(max_size=200), st.integers(0, len(said.ECHO_RSP) - 13), st.integers(0, 255))
def test_rubbish_in_a_command(tail: bytes, where: int, value: int) -> None:
    command = bytearray(said.ECHO_RSP[12:])
    command[where] = value
    with suppress(MalformedPdu):
        MessageReader().feed(Pdv(1, True, True, bytes(command) + tail))


@given(st.binary(max_size=100), st.integers(6, len(said.STORE_ASSOCIATE_AC) - 1))
def test_rubbish_in_an_answer_to_an_association(tail: bytes, cut: int) -> None:
    proposal = Proposal("1.2.840.10008.5.1.4.1.1.7", ("1.2.840.10008.1.2.1",))
    with suppress(MalformedPdu):
        agreed = agreement(said.STORE_ASSOCIATE_AC[:cut] + tail, [proposal])
        assert set(agreed.contexts) <= {proposal}
    with suppress(MalformedPdu):
        rejection(said.CALLED_AE_UNKNOWN_RJ[:6] + tail, "A", "B")


@given(st.binary(max_size=200), st.integers(0, len(said.FILE) - 1))
def test_rubbish_in_a_file(tail: bytes, cut: int) -> None:
    with suppress(NotPart10):
        assert read_head(said.FILE[:cut] + tail).data_set_offset <= cut + len(tail)


@given(st.binary(max_size=300), st.integers(0, 3))
def test_rubbish_in_a_report(data: bytes, event_type_id: int) -> None:
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        with suppress(MalformedPdu, ReportRejected):
            read_report(event_type_id, decode(data, syntax))


@given(uids, st.lists(references, min_size=1, max_size=5))
def test_a_report_of_what_was_asked(transaction_uid: Uid, asked: list[SopReference]) -> None:
    """Action and Event Information share these elements (PS3.4 tables J.3-1 and J.3-2)."""
    encoded = encode(request(transaction_uid, tuple(asked)), ImplicitVRLittleEndian)
    report = read_report(1, decode(encoded, ImplicitVRLittleEndian))
    assert (report.transaction_uid, report.committed) == (transaction_uid, tuple(asked))


@given(uids, references, st.sampled_from([None, "", "not a number", 0x0112]))
def test_a_failure_without_a_reason_is_turned_away(
    transaction_uid: Uid, reference: SopReference, reason: object
) -> None:
    entry = Dataset()
    entry.ReferencedSOPClassUID = reference.sop_class_uid
    entry.ReferencedSOPInstanceUID = reference.sop_instance_uid
    if isinstance(reason, int):
        entry.FailureReason = reason
    information = Dataset()
    information.TransactionUID = transaction_uid
    information.FailedSOPSequence = [entry]
    try:
        report = read_report(2, information)
    except ReportRejected:
        assert reason != 0x0112
    else:
        assert report.failed[0].failure_reason == reason
