"""Rejected, accepted, given to an order: mistakes."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from firmware.correcting import Correcting
from firmware.index import outbox
from firmware.index.corrections import Corrections
from firmware.index.examinations import Examinations, Fate, Verdict
from firmware.node import Node
from firmware.reconciliation import Reconciliation
from firmware.store import Store, path_of
from tests.planting import patch
from tests.simulation.planted.planting import bug


@bug("a rejected image is sent all the same")
def _rejected_is_sent(stack: ExitStack) -> None:
    def judged(self: Examinations, instance: Any, reason: str) -> Fate:
        with self._database.transaction() as connection:
            self._judge(connection, instance, Verdict.REJECTED, reason)
        return Fate.STOPPED_WITHOUT_FILE

    patch(stack, Examinations, "reject", judged)


@bug("a rejected image is deleted")
def _rejected_is_deleted(stack: ExitStack) -> None:
    patch(stack, Store, "reject", lambda self, instance: self.remove(path_of(instance)))


@bug("an acceptance is forgotten at a restart")
def _acceptance_forgotten(stack: ExitStack) -> None:
    start = Node.start

    def forgetful(self: Node) -> None:
        with self._database().transaction() as connection:
            connection.execute(
                "UPDATE looked_at SET verdict = 'waiting' WHERE verdict = 'accepted'"
            )
        start(self)

    patch(stack, Node, "start", forgetful)


@bug("a correction takes along what came after it was asked for")
def _moves_too_much(stack: ExitStack) -> None:
    waiting = Corrections.waiting

    def whatever(self: Corrections, job: Any) -> Any:
        return waiting(self, replace(job, images="[]"))

    patch(stack, Corrections, "waiting", whatever)


@bug("what was replaced stays in the queue")
def _replaced_is_sent(stack: ExitStack) -> None:
    patch(stack, outbox, "HERE", "1")
    patch(stack, Corrections, "_withdraw", lambda *_: None)
    patch(stack, Corrections, "withdraw_again", lambda self: None)


@bug("a correction goes to the first order of the list")
def _first_of_the_list(stack: ExitStack) -> None:
    reconcile = Reconciliation.reconcile

    def hasty(self: Reconciliation, study: Any, order: Any, *rest: Any) -> None:
        reconcile(self, study, next(iter(self.orders()), order), *rest)

    patch(stack, Reconciliation, "reconcile", hasty)


@bug("a correction changes a pixel")
def _pixel_changed(stack: ExitStack) -> None:
    copy = Correcting._copy

    def careless(self: Correcting, original: Any, at: int, write: Any) -> str:
        copy(self, original, at, lambda chunk: write(chunk[:-1] + b"\x55"))
        return ""

    patch(stack, Correcting, "_copy", careless)
    patch(stack, Correcting, "pixel_sha256", lambda *_: "")


@bug("an archive is not told of what was replaced")
def _no_note(stack: ExitStack) -> None:
    patch(stack, Corrections, "sent", lambda self, job: ((), ()))


@bug("a file that was not put aside waits for a start")
def _aside_at_a_start(stack: ExitStack) -> None:
    patch(stack, Corrections, "replaced", lambda self, job: ())
