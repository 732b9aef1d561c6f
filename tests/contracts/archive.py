"""What holds for every implementation of hal.archive.Archive.

Subclass one of the last two, name the class Test..., and give it an `archive` fixture: an
archive that works and takes both film SOP classes.
"""

import time
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from hal.archive import Archive, CommitmentReport
from hal.errors import PeerRefused, StorageCorrupt
from hal.values import SopReference, Uid
from tests.instances import SECONDARY_CAPTURE, SOP_CLASSES, instance_file, of_another

REPORT_S = 20.0


def report_of(archive: Archive) -> CommitmentReport:
    """`next_report` may come back early, without one: something was stored."""
    until_s = time.monotonic() + REPORT_S
    while time.monotonic() < until_s:
        if report := archive.next_report(until_s - time.monotonic()):
            return report
    raise AssertionError(f"no report within {REPORT_S} s")


class ArchiveContract:
    def test_an_archive_that_works_echoes(self, archive: Archive) -> None:
        archive.echo()

    def test_nothing_to_store_is_no_outcome(self, archive: Archive) -> None:
        assert list(archive.store([])) == []

    def test_one_outcome_an_instance_in_order(self, archive: Archive, tmp_path: Path) -> None:
        sent = [
            instance_file(tmp_path / f"{n}.dcm", SOP_CLASSES[n % 2], rows=8 + n) for n in range(5)
        ]
        outcomes = list(archive.store(iter(sent)))
        assert [outcome.reference for outcome in outcomes] == [file.reference for file in sent]
        assert [(outcome.status, outcome.error) for outcome in outcomes] == [(0, None)] * 5

    def test_outcomes_come_one_by_one(self, archive: Archive, tmp_path: Path) -> None:
        sent = [instance_file(tmp_path / f"{n}.dcm") for n in range(3)]
        outcomes = archive.store(sent)
        first = next(outcomes)
        assert (first.reference, first.error) == (sent[0].reference, None)
        del outcomes  # a caller may stop half way
        archive.echo()

    def test_a_digest_that_differs_is_corrupt(self, archive: Archive, tmp_path: Path) -> None:
        good = instance_file(tmp_path / "good.dcm", SECONDARY_CAPTURE)
        bad = of_another(good)
        outcome = next(archive.store([bad]))
        assert isinstance(outcome.error, StorageCorrupt)
        assert outcome.status is None

    def test_no_report_without_a_request(self, archive: Archive) -> None:
        assert archive.next_report(0) is None


class WithoutCommitmentContract(ArchiveContract):
    """An archive that has no storage commitment service."""

    def test_it_says_so(self, archive: Archive) -> None:
        reference = SopReference(Uid(SECONDARY_CAPTURE), Uid(generate_uid()))
        with pytest.raises(PeerRefused, match="storage commitment"):
            archive.request_commitment(Uid(generate_uid()), (reference,))


class CommitmentContract(ArchiveContract):
    """An archive that commits to what it has."""

    def test_what_was_stored_is_committed_to(self, archive: Archive, tmp_path: Path) -> None:
        sent = [instance_file(tmp_path / f"{n}.dcm", SOP_CLASSES[n]) for n in range(2)]
        references = tuple(file.reference for file in sent)
        assert [outcome.error for outcome in archive.store(sent)] == [None, None]
        transaction_uid = Uid(generate_uid())
        archive.request_commitment(transaction_uid, references)
        report = report_of(archive)
        assert report.transaction_uid == transaction_uid
        assert set(report.committed) == set(references)
        assert report.failed == ()

    def test_what_was_never_sent_is_not(self, archive: Archive, tmp_path: Path) -> None:
        kept = instance_file(tmp_path / "kept.dcm")
        assert [outcome.error for outcome in archive.store([kept])] == [None]
        missing = SopReference(kept.reference.sop_class_uid, Uid(generate_uid()))
        archive.request_commitment(Uid(generate_uid()), (kept.reference, missing))
        report = report_of(archive)
        assert report.committed == (kept.reference,)
        assert [failed.reference for failed in report.failed] == [missing]
        assert report.failed[0].failure_reason == 0x0112  # PS3.3 C.14.1.1, no such object
