"""For an archive without storage commitment: does it list what it was sent (C-FIND, QIDO-RS)?

What it lists is confirmed by query: more than sent, and never committed, for a list promises
nothing. What it never lists is sent again, as if it had been denied.
"""

import math
from dataclasses import dataclass, field

from firmware.duplicates import Duplicates
from firmware.events import CommitmentDenied, CommitmentNotTaken, ConfirmedByQuery, Listener
from firmware.index.outbox_table import backoff_s
from firmware.index.proofs import Proofs
from hal.archive_query import QueriedArchive
from hal.clock import Clock
from hal.errors import PeerError, PeerRefused, Sentence
from hal.values import Uid

ASKED_TOGETHER_MAX = 50  # each is a question of its own to some archives
LOOK_S = 1.0

NEVER_LISTED = Sentence(
    en="The archive received an image but does not list it. It is sent again by itself; call the "
    "archive's administrator if this lasts.",
    fr="L'archive a reçu une image mais ne la liste pas. Elle sera renvoyée automatiquement ; "
    "appelez l'administrateur de l'archive si cela dure.",
)
NEVER_LISTED_HELD = Sentence(
    en="The archive received an image several times and never lists it. It is not sent any more: "
    "call the archive's administrator, then release it.",
    fr="L'archive a reçu plusieurs fois une image et ne la liste jamais. Elle n'est plus envoyée : "
    "appelez l'administrateur de l'archive, puis libérez-la.",
)
NOT_ASKED = Uid("")  # there is no transaction in a query


@dataclass
class Confirmation:
    destination: str
    archive: QueriedArchive
    proofs: Proofs
    clock: Clock
    listener: Listener
    denials_max: int
    duplicates: Duplicates
    _failures: int = field(default=0, init=False)
    _not_before_s: float = field(default=-math.inf, init=False)

    def step(self) -> float:
        """Duplicates last: whatever goes wrong with one, the others are asked for."""
        rest_s = self._ask()
        self.duplicates.step()
        return rest_s

    def _ask(self) -> float:
        self.proofs.expire_commitments(self.destination)  # it was asked to commit until now
        if self.clock.monotonic_s() < self._not_before_s:
            return LOOK_S
        asked = self.proofs.to_ask_for(self.destination, ASKED_TOGETHER_MAX)
        if not asked:
            return LOOK_S
        if self._failures:  # by turns: one whose answer cannot be read must not hide all others
            asked = (asked[self._failures % len(asked)],)
        try:
            listed = self.archive.holds(asked)
        except PeerError as error:
            self._wait(error)
            return LOOK_S
        self._failures = 0
        for one in asked:
            uid = one.reference.sop_instance_uid
            if one.reference in listed:
                self.proofs.listed(uid, self.destination)
                self.listener(ConfirmedByQuery(uid, self.destination))
            else:
                self._not_listed(uid)
        return 0.0

    def _not_listed(self, uid: Uid) -> None:
        is_held = self.proofs.not_listed(uid, self.destination, self.denials_max)
        if is_held is not None:
            sentence = NEVER_LISTED_HELD if is_held else NEVER_LISTED
            self.listener(CommitmentDenied(uid, self.destination, sentence, is_held))

    def _wait(self, error: PeerError) -> None:
        """Nothing is known of any; told once in a streak."""
        if not self._failures:
            refused = isinstance(error, PeerRefused)
            self.listener(CommitmentNotTaken(NOT_ASKED, self.destination, error.sentence, refused))
        self._not_before_s = self.clock.monotonic_s() + backoff_s(self._failures)
        self._failures += 1
