import pytest

from drivers.dicom_address import checked_ae_title
from drivers.dicom_negotiation import (
    FRAGMENT_BYTES_MAX,
    AcceptedContext,
    Proposal,
    agreement,
    fragment_limit,
    rejection,
)
from drivers.wire.p_data import MalformedPdu
from hal.errors import ConfigError, PeerRefused, PeerRetryable
from tests.conformance import dicom_transcripts as said

EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
STORE = Proposal("1.2.840.10008.5.1.4.1.1.7", (EXPLICIT,))


@pytest.mark.parametrize(
    ("pdu_length_max", "fragment"),
    [
        (0, FRAGMENT_BYTES_MAX),  # no limit
        (16384, 16378),
        (16383, 16376),  # fragments are even
        (131072, 131066),
        (0xFFFFFFFF, FRAGMENT_BYTES_MAX),
        (8, 2),
    ],
)
def test_fragments_fit_the_peers_maximum(pdu_length_max: int, fragment: int) -> None:
    assert fragment_limit(pdu_length_max) == fragment


@pytest.mark.parametrize("pdu_length_max", [1, 6, 7])
def test_a_maximum_that_fits_nothing_is_malformed(pdu_length_max: int) -> None:
    with pytest.raises(MalformedPdu):
        fragment_limit(pdu_length_max)


def test_what_was_accepted() -> None:
    agreed = agreement(said.STORE_ASSOCIATE_AC, [STORE])
    assert agreed.contexts == {STORE: AcceptedContext(1, EXPLICIT)}
    assert agreed.fragment_bytes_max == 16378


def test_what_was_not_accepted() -> None:
    assert agreement(said.STORE_ASSOCIATE_AC_REFUSED, [STORE]).contexts == {}


def test_a_syntax_that_nobody_proposed_is_not_accepted() -> None:
    other = Proposal(STORE.abstract_syntax, (IMPLICIT,))
    assert agreement(said.STORE_ASSOCIATE_AC, [other]).contexts == {}


def test_a_context_that_nobody_proposed_is_not_accepted() -> None:
    assert agreement(said.STORE_ASSOCIATE_AC, []).contexts == {}


@pytest.mark.parametrize("cut", range(1, len(said.STORE_ASSOCIATE_AC), 7))
def test_a_cut_acceptance_never_accepts_more(cut: int) -> None:
    try:
        agreed = agreement(said.STORE_ASSOCIATE_AC[:cut], [STORE])
    except MalformedPdu:
        return
    assert set(agreed.contexts) <= {STORE}


def test_rejections() -> None:
    called = rejection(said.CALLED_AE_UNKNOWN_RJ, "SAPI_NODE", "SIM_ARCHIVE")
    assert isinstance(called, PeerRefused)
    assert "SIM_ARCHIVE" in called.sentence.fr
    assert isinstance(rejection(said.LOCAL_LIMIT_RJ, "A", "B"), PeerRetryable)
    with pytest.raises(MalformedPdu):
        rejection(b"\x03\x00", "A", "B")


@pytest.mark.parametrize("ae_title", ["", " ", "SEVENTEEN_LETTERS", "A\\B", "É", "A\nB"])
def test_not_an_ae_title(ae_title: str) -> None:
    with pytest.raises(ConfigError):
        checked_ae_title(ae_title)


@pytest.mark.parametrize("ae_title", ["A", "SIXTEEN_LETTERS_", "with space"])
def test_an_ae_title(ae_title: str) -> None:
    assert checked_ae_title(ae_title) == ae_title
