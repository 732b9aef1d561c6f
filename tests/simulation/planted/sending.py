"""Sending, promises, and clocks: mistakes."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from firmware import clock_watch, commitment
from firmware.clock_watch import ClockWatch
from firmware.forwarder import Forwarder
from firmware.index import outbox
from firmware.index.outbox import Outbox
from hal.archive import CommitmentReport, StoreOutcome
from hal.errors import PeerDuplicate, PeerRetryable
from tests.planting import patch
from tests.simulation.planted.planting import bug


@bug("a line that broke taken for a success")
def _broken_line_is_success(stack: ExitStack) -> None:
    settle = Forwarder._settle

    def hopeful(self: Forwarder, outcome: StoreOutcome, *rest: Any) -> Any:
        if isinstance(outcome.error, PeerRetryable):
            outcome = replace(outcome, status=0, error=None)
        return settle(self, outcome, *rest)

    patch(stack, Forwarder, "_settle", hopeful)


@bug("a duplicate taken for a success")
def _duplicate_is_success(stack: ExitStack) -> None:
    settle = Forwarder._settle

    def hopeful(self: Forwarder, outcome: StoreOutcome, *rest: Any) -> Any:
        if isinstance(outcome.error, PeerDuplicate):
            outcome = replace(outcome, status=0, error=None)
        return settle(self, outcome, *rest)

    patch(stack, Forwarder, "_settle", hopeful)


@bug("Sent told before the index knows")
def _told_before_known(stack: ExitStack) -> None:
    accepted, late = Outbox.accepted, list[Callable[[], None]]()
    lease = Outbox.lease

    def later(self: Outbox, *args: Any, **named: Any) -> None:
        late.append(lambda: accepted(self, *args, **named))

    def caught_up(self: Outbox, *args: Any, **named: Any) -> Any:
        while late:
            late.pop(0)()
        return lease(self, *args, **named)

    patch(stack, Outbox, "accepted", later)
    patch(stack, Outbox, "lease", caught_up)


@bug("a report's failures taken for promises")
def _failures_are_promises(stack: ExitStack) -> None:
    settle = Outbox.settle

    def blind(self: Outbox, report: CommitmentReport, *rest: Any, **named: Any) -> Any:
        failed = tuple(one.reference for one in report.failed)
        return settle(
            self, replace(report, committed=report.committed + failed, failed=()), *rest, **named
        )

    patch(stack, Outbox, "settle", blind)


@bug("silence taken for a promise")
def _silence_is_promise(stack: ExitStack) -> None:
    ask = commitment.Commitment._ask

    def trusting(self: commitment.Commitment) -> None:
        with self.outbox._database.transaction() as connection:
            connection.execute(
                "UPDATE outbox SET state = 'committed', committed_at = due_at"
                " WHERE state = 'awaiting' AND tries > 0"
            )
        ask(self)

    patch(stack, commitment.Commitment, "_ask", trusting)


@bug("one and the same patience with a slow archive")
def _no_patience(stack: ExitStack) -> None:
    patch(stack, outbox, "patience_s", lambda silence_s, tries: silence_s)


@bug("what was refused is dropped")
def _refused_is_dropped(stack: ExitStack) -> None:
    def dropped(self: Outbox, instance: Any, *_: Any, **__: Any) -> bool:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM outbox WHERE instance = ?", (instance,))
        return True

    patch(stack, Outbox, "refused", dropped)


@bug("what a wrong clock dated waits for years")
def _clock_not_mended(stack: ExitStack) -> None:
    patch(stack, ClockWatch, "step", lambda self: 60.0)


@bug("a clock that was ahead between two looks goes unnoticed")
def _not_looked_for(stack: ExitStack) -> None:
    patch(stack, clock_watch, "any_stamped_ahead", lambda misdated, slewed_s: False)
