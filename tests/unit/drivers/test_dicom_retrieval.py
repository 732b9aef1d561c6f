"""C-GET with an archive that never comes to an end of it."""

import pytest

from drivers.dicom_negotiation import AcceptedContext
from drivers.dicom_retrieval import PENDING_MAX, retrieve
from drivers.wire.dimse import NO_DATA_SET, CommandField, encode_command
from drivers.wire.p_data import Pdv
from hal.archive import Wanted
from hal.errors import PeerRetryable, Sentence
from hal.values import SopReference, Uid

WANTED = Wanted(SopReference(Uid("1.2"), Uid("1.3")), Uid("1.4"), Uid("1.5"), Uid("1.6"), 100)
PENDING = encode_command(
    {
        "CommandField": CommandField.C_GET_RSP,
        "MessageIDBeingRespondedTo": 1,
        "CommandDataSetType": NO_DATA_SET,
        "Status": 0xFF00,
    }
)


class NeverReady:
    """The part of an association that is used; its archive goes on saying that it works on it."""

    called = "ARCHIVE"
    answers = 0

    def context(self, _: object) -> AcceptedContext:
        return AcceptedContext(1, "1.2.840.10008.1.2.1")

    def next_message_id(self) -> int:
        return 1

    def send(self, *_: object) -> None:
        return

    def receive_pdv(self) -> Pdv:
        self.answers += 1
        return Pdv(1, is_command=True, is_last=True, fragment=PENDING)

    def out_of_protocol(self, what: str) -> PeerRetryable:
        return PeerRetryable(Sentence(what, what))


def test_an_archive_that_is_never_ready_is_given_up() -> None:
    """Else the worker that asks would hear nothing else for ever."""
    association = NeverReady()
    with pytest.raises(PeerRetryable):
        list(retrieve(association, WANTED))  # type: ignore[arg-type]
    assert association.answers == PENDING_MAX + 1
