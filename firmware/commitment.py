"""Asks the archive to commit to what it accepted, and settles the reports that come back."""

from dataclasses import dataclass

from firmware.dicom.uids import new_uid
from firmware.duplicates import Duplicates
from firmware.events import (
    CommitmentAsked,
    CommitmentDenied,
    CommitmentNotTaken,
    Committed,
    Listener,
    ReportUnknown,
)
from firmware.index.outbox import Outbox, Settled
from hal.archive import Archive, CommitmentReport
from hal.clock import Entropy
from hal.errors import PeerError, PeerRefused, Sentence

ASKED_TOGETHER_MAX = 200  # references in one N-ACTION: archives answer such a list in seconds
REPORT_WAIT_S = 0.2

DENIED = Sentence(
    en="The archive received an image but does not keep it (reason {reason}). It is sent again by "
    "itself; call the archive's administrator if this lasts.",
    fr="L'archive a reçu une image mais ne la conserve pas (motif {reason}). Elle sera renvoyée "
    "automatiquement ; appelez l'administrateur de l'archive si cela dure.",
)

DENIED_FOR_GOOD = Sentence(
    en="The archive received an image again and again but does not keep it (reason {reason}). It "
    "is not sent any more: call the archive's administrator, then release it.",
    fr="L'archive a reçu plusieurs fois une image sans la conserver (motif {reason}). Elle n'est "
    "plus envoyée : appelez l'administrateur de l'archive, puis libérez-la.",
)


@dataclass
class Commitment:
    destination: str
    archive: Archive
    outbox: Outbox
    entropy: Entropy
    listener: Listener
    silence_s: float
    """How long a report may take before the question is put again."""
    asks: bool = True
    """False: this archive has no storage commitment, by configuration."""
    denials_max: int = 5
    """So many denials of what it had accepted, and an image waits for a person."""
    duplicates: Duplicates | None = None

    def step(self) -> float:
        """Duplicates last: whatever goes wrong with one, the others are asked for and heard."""
        rest_s = self._ask_and_hear()
        if self.duplicates is not None:
            self.duplicates.step()
        return rest_s

    def _ask_and_hear(self) -> float:
        self.outbox.expire_commitments(self.destination)  # of what was asked before it was not
        if not self.asks:
            return REPORT_WAIT_S
        self._ask()
        if report := self.archive.next_report(REPORT_WAIT_S):
            self._settle(report)
        return 0.0

    def _ask(self) -> None:
        transaction_uid = new_uid(self.entropy)
        references = self.outbox.ask_commitment(
            self.destination, transaction_uid, self.silence_s, ASKED_TOGETHER_MAX
        )
        if not references:
            return
        self.listener(CommitmentAsked(transaction_uid, self.destination, len(references)))
        try:
            self.archive.request_commitment(transaction_uid, references)
        except PeerError as error:
            self.outbox.commitment_not_taken(transaction_uid, self.destination, error.sentence)
            refused = isinstance(error, PeerRefused)
            self.listener(
                CommitmentNotTaken(transaction_uid, self.destination, error.sentence, refused)
            )

    def _settle(self, report: CommitmentReport) -> None:
        settled = self.outbox.settle(report, self.destination, self.denials_max)
        for uid in settled.committed:
            self.listener(Committed(uid, self.destination))
        for uid, reason in settled.denied.items():
            is_held = uid in settled.held
            sentence = (DENIED_FOR_GOOD if is_held else DENIED).fill(reason=f"{reason:04X}H")
            self.listener(CommitmentDenied(uid, self.destination, sentence, is_held))
        if settled == Settled():
            self.listener(ReportUnknown(report.transaction_uid))
