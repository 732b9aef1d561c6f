"""Mistakes that the seeded world must find, in the node and in what looks at it.

Those of the store, the index and the outbox are tests/chaos/planted.py's; what only a whole life
shows is here. A name says the mistake; the function makes it.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest import mock

from drivers.cassette_transfer import Transfer
from drivers.wire.cassette_assembly import Assembly
from firmware import clock_watch, commitment, recovery, scrub
from firmware.acquisition import Acquisition
from firmware.acquisition_worker import AcquisitionWorker
from firmware.clock_watch import ClockWatch
from firmware.correcting import Correcting
from firmware.events import FileDamaged, NotFetchedBack, Sent
from firmware.eviction import Eviction
from firmware.forwarder import Forwarder
from firmware.index import audit, outbox
from firmware.index.corrections import Corrections
from firmware.index.database import Database
from firmware.index.examinations import Examinations, Fate, Verdict
from firmware.index.keeping import Keeping
from firmware.index.outbox import Outbox
from firmware.index.plate_reads import PlateReads
from firmware.keeping import Found
from firmware.node import Node
from firmware.panel_worker import PanelWorker
from firmware.panel_workflow import TABLE, Action, Happened, State, Workflow
from firmware.plate_acquisition import PlateAcquisition
from firmware.plate_reading import PlateReading
from firmware.reconciliation import Reconciliation
from firmware.retention import LOOK_S, Retention
from firmware.steady_panel import SteadyPanel
from firmware.store import Store, path_of
from hal.archive import CommitmentReport, StoreOutcome
from hal.errors import NodeError, PeerDuplicate, PeerRetryable, StorageCorrupt
from hal.panel import Button
from sim.checker.checker import Checker
from sim.mains import Mains
from sim.technician import Technician
from tests.chaos import planted as chaos

Bug = Callable[[ExitStack], None]
OF_THE_STORE = (
    "no fsync of the file",
    "no fsync of the folder",
    "index with synchronous=NORMAL",
    "row before rename",
    "acknowledged before the commit",
    "fsync tried again after it failed",
    "UIDs of a scan given twice",
    "a .part called published",
    "sent before the response",
    "committed when asked, not when told",
    "recovery deletes what has no row",
    "evicted before the commitment",
    "instance and outbox in two transactions",
    "an interrupted send not taken up again",
    "a failed commit called stored",
    "a failed rename not noticed",
)
"""Of tests/chaos. Not: what a real archive's driver does (its line is simulated), and what a power
cut shows only right after another's kill."""
BUGS: dict[str, Bug] = {name: chaos.BUGS[name] for name in OF_THE_STORE}


def bug(name: str) -> Callable[[Bug], Bug]:
    def named(plant: Bug) -> Bug:
        BUGS[name] = plant
        return plant

    return named


def _patch(stack: ExitStack, owner: Any, name: str, new: Any) -> None:
    stack.enter_context(mock.patch.object(owner, name, new))


# Acquisition, panel, identity


@bug("filed under the order on the display when the scan ended")
def _order_of_the_end(stack: ExitStack) -> None:
    panels: list[PanelWorker] = []
    order_scan, dataset = PanelWorker._order_scan, Acquisition._dataset

    def remembered(self: PanelWorker, action: Any) -> None:
        panels[:] = [self]
        order_scan(self, action)

    def of_the_end(self: Acquisition, order: Any, *rest: Any) -> Any:
        return dataset(self, panels[0].workflow.order or order, *rest)

    _patch(stack, PanelWorker, "_order_scan", remembered)
    _patch(stack, Acquisition, "_dataset", of_the_end)


@bug("SCAN confirms an order that a message hides")
def _hidden_order(stack: ExitStack) -> None:
    _patch(stack, PanelWorker, "_hides_the_state", lambda self: False)


@bug("a press that waited confirms what came up meanwhile")
def _old_press(stack: ExitStack) -> None:
    _patch(stack, PanelWorker, "_was_unread", lambda self, press: False)
    _patch(stack, PanelWorker, "_waited_too_long", lambda self, press: False)


@bug("a new worklist moves the choice, and the display stays")
def _choice_moves(stack: ExitStack) -> None:
    def moved(self: Workflow, orders: Any, *_: Any) -> Workflow:
        return replace(self, orders=orders, position=0)

    _patch(stack, Workflow, "with_orders", moved)
    _patch(stack, PanelWorker, "_was_unread", lambda self, press: False)
    _patch(stack, PanelWorker, "_hides_the_state", lambda self: False)
    read = PanelWorker._read_orders

    def silently(self: PanelWorker) -> None:
        shown, self._shown = self._shown, None
        read(self)
        self._shown = shown

    _patch(stack, PanelWorker, "_read_orders", silently)


@bug("a failed scan does not end on the panel")
def _no_end(stack: ExitStack) -> None:
    def silent(self: AcquisitionWorker) -> float:
        if ordered := self.scans.take(0.5):
            try:
                self.acquisition.acquire_film(ordered.order, lambda: self.cancel.raised)
            except NodeError:
                return 0.0
        return 0.0

    _patch(stack, AcquisitionWorker, "step", silent)


@bug("a panel that failed loses the end of a scan")
def _panel_forgets(stack: ExitStack) -> None:
    _patch(stack, SteadyPanel, "_try", lambda self, call: call())
    _patch(stack, SteadyPanel, "renew", lambda self: None)


@bug("a scan counts its rows as asked for, not as they came")
def _rows_not_counted(stack: ExitStack) -> None:
    def trusting(self: Acquisition, request: Any, cancelled: Any) -> Any:
        last = None
        for last in self.scanner.scan(request):
            yield last
        missing = request.rows - (last.first_row + last.rows if last else 0)
        if last is not None and missing > 0:
            yield replace(last, rows=missing, samples=last.samples[: 2 * request.columns * missing])

    _patch(stack, Acquisition, "_blocks", trusting)


@bug("SCAN scans the order that is chosen, and asks nobody")
def _not_asked(stack: ExitStack) -> None:
    row = {(State.CHOOSING, Button.SCAN): (State.SCANNING, Action.SCAN)}
    stack.enter_context(mock.patch.dict(TABLE, row))


@bug("a confirmation that outlives the pause")
def _confirmed_for_ever(stack: ExitStack) -> None:
    elapse = PanelWorker._elapse

    def only_looks(self: PanelWorker, what: Happened) -> bool:
        return what is Happened.LOOK_OVER and elapse(self, what)

    _patch(stack, PanelWorker, "_elapse", only_looks)


# Looks and corrections


@bug("a rejected image is sent all the same")
def _rejected_is_sent(stack: ExitStack) -> None:
    def judged(self: Examinations, instance: Any, reason: str) -> Fate:
        with self._database.transaction() as connection:
            self._judge(connection, instance, Verdict.REJECTED, reason)
        return Fate.STOPPED_WITHOUT_FILE

    _patch(stack, Examinations, "reject", judged)


@bug("a rejected image is deleted")
def _rejected_is_deleted(stack: ExitStack) -> None:
    _patch(stack, Store, "reject", lambda self, instance: self.remove(path_of(instance)))


@bug("an acceptance is forgotten at a restart")
def _acceptance_forgotten(stack: ExitStack) -> None:
    start = Node.start

    def forgetful(self: Node) -> None:
        with self._database().transaction() as connection:
            connection.execute(
                "UPDATE looked_at SET verdict = 'waiting' WHERE verdict = 'accepted'"
            )
        start(self)

    _patch(stack, Node, "start", forgetful)


@bug("a correction takes along what came after it was asked for")
def _moves_too_much(stack: ExitStack) -> None:
    waiting = Corrections.waiting

    def whatever(self: Corrections, job: Any) -> Any:
        return waiting(self, replace(job, images="[]"))

    _patch(stack, Corrections, "waiting", whatever)


@bug("what was replaced stays in the queue")
def _replaced_is_sent(stack: ExitStack) -> None:
    _patch(stack, outbox, "HERE", "1")
    _patch(stack, Corrections, "_withdraw", lambda *_: None)
    _patch(stack, Corrections, "withdraw_again", lambda self: None)


@bug("a correction goes to the first order of the list")
def _first_of_the_list(stack: ExitStack) -> None:
    reconcile = Reconciliation.reconcile

    def hasty(self: Reconciliation, study: Any, order: Any, *rest: Any) -> None:
        reconcile(self, study, next(iter(self.orders()), order), *rest)

    _patch(stack, Reconciliation, "reconcile", hasty)


@bug("a correction changes a pixel")
def _pixel_changed(stack: ExitStack) -> None:
    copy = Correcting._copy

    def careless(self: Correcting, original: Any, at: int, write: Any) -> str:
        copy(self, original, at, lambda chunk: write(chunk[:-1] + b"\x55"))
        return ""

    _patch(stack, Correcting, "_copy", careless)
    _patch(stack, Correcting, "pixel_sha256", lambda *_: "")


@bug("an archive is not told of what was replaced")
def _no_note(stack: ExitStack) -> None:
    _patch(stack, Corrections, "sent", lambda self, job: ((), ()))


# Forwarder and commitment


@bug("a line that broke taken for a success")
def _broken_line_is_success(stack: ExitStack) -> None:
    settle = Forwarder._settle

    def hopeful(self: Forwarder, outcome: StoreOutcome, *rest: Any) -> Any:
        if isinstance(outcome.error, PeerRetryable):
            outcome = replace(outcome, status=0, error=None)
        return settle(self, outcome, *rest)

    _patch(stack, Forwarder, "_settle", hopeful)


@bug("a duplicate taken for a success")
def _duplicate_is_success(stack: ExitStack) -> None:
    settle = Forwarder._settle

    def hopeful(self: Forwarder, outcome: StoreOutcome, *rest: Any) -> Any:
        if isinstance(outcome.error, PeerDuplicate):
            outcome = replace(outcome, status=0, error=None)
        return settle(self, outcome, *rest)

    _patch(stack, Forwarder, "_settle", hopeful)


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

    _patch(stack, Outbox, "accepted", later)
    _patch(stack, Outbox, "lease", caught_up)


@bug("a report's failures taken for promises")
def _failures_are_promises(stack: ExitStack) -> None:
    settle = Outbox.settle

    def blind(self: Outbox, report: CommitmentReport, *rest: Any, **named: Any) -> Any:
        failed = tuple(one.reference for one in report.failed)
        return settle(
            self, replace(report, committed=report.committed + failed, failed=()), *rest, **named
        )

    _patch(stack, Outbox, "settle", blind)


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

    _patch(stack, commitment.Commitment, "_ask", trusting)


@bug("one and the same patience with a slow archive")
def _no_patience(stack: ExitStack) -> None:
    _patch(stack, outbox, "patience_s", lambda silence_s, tries: silence_s)


@bug("what was refused is dropped")
def _refused_is_dropped(stack: ExitStack) -> None:
    def dropped(self: Outbox, instance: Any, *_: Any, **__: Any) -> bool:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM outbox WHERE instance = ?", (instance,))
        return True

    _patch(stack, Outbox, "refused", dropped)


@bug("what a wrong clock dated waits for years")
def _clock_not_mended(stack: ExitStack) -> None:
    _patch(stack, ClockWatch, "step", lambda self: 60.0)


@bug("a clock that was ahead between two looks goes unnoticed")
def _not_looked_for(stack: ExitStack) -> None:
    _patch(stack, clock_watch, "any_stamped_ahead", lambda misdated, slewed_s: False)


# Keeping, recovery, trail


@bug("evicted when one archive of two committed")
def _one_is_enough(stack: ExitStack) -> None:
    def any_one(self: Keeping, rules: Any) -> Any:
        rows = self._database.rows(
            "SELECT * FROM instance JOIN outbox ON instance = sop_instance_uid"
            " WHERE condition = 'good' AND state = 'committed' LIMIT 1"
        )
        kept = self.at(rows[0]["path"]) if rows else None
        if kept is not None:
            self.found(kept.instance, Found.EVICTION_CHOSEN)
        return kept

    _patch(stack, Keeping, "choose_for_eviction", any_one)


@bug("the file evicted before the row says so")
def _file_before_row(stack: ExitStack) -> None:
    def hasty(self: Eviction) -> bool:
        rows = self.keeping._database.rows(
            "SELECT path FROM instance WHERE condition = 'good' AND EXISTS (SELECT 1 FROM outbox"
            " WHERE instance = sop_instance_uid AND state = 'committed') LIMIT 1"
        )
        if rows:
            self.store.remove(rows[0]["path"])
        return False

    _patch(stack, Eviction, "_remove_oldest", hasty)


@bug("a damaged file is deleted")
def _damaged_deleted(stack: ExitStack) -> None:
    def deleted(self: Store, path: str) -> str:
        self.remove(path)
        return "quarantine/nowhere"

    _patch(stack, Store, "quarantine", deleted)


@bug("the scrub calls a good file damaged")
def _good_called_damaged(stack: ExitStack) -> None:
    verify = Store.verify

    def strict(self: Store, published: Any) -> None:
        verify(self, published)
        if published.sha256.startswith("0"):
            raise StorageCorrupt(commitment.DENIED)

    _patch(stack, Store, "verify", strict)


@bug("an image that cannot be read for minutes is given up")
def _given_up(stack: ExitStack) -> None:
    _patch(stack, scrub, "READ_TRIES", 1)


@bug("what is damaged is told to nobody")
def _damage_not_told(stack: ExitStack) -> None:
    tell = Node.tell

    def discreet(self: Node, event: Any) -> None:
        if not isinstance(event, FileDamaged | NotFetchedBack):
            tell(self, event)

    _patch(stack, Node, "tell", discreet)


@bug("recovery leaves what was cut short")
def _parts_left(stack: ExitStack) -> None:
    _patch(stack, Store, "parts", lambda self: [])


@bug("recovery does not look for files without a row")
def _not_adopted(stack: ExitStack) -> None:
    nothing = mock.patch.dict(recovery.recover.__globals__, {"adopt": lambda *_: ((), ())})
    stack.enter_context(nothing)


@bug("what a kill left in the cache of the index's log is built upon")
def _log_as_found(stack: ExitStack) -> None:
    _patch(stack, Database, "make_log_durable", lambda self: None)


@bug("what a failed fsync dropped of the index's log is built upon")
def _gap_in_log(stack: ExitStack) -> None:
    _patch(stack, Database, "_mend_log", lambda self: None)


@bug("the trail's hash does not follow from the one before")
def _not_chained(stack: ExitStack) -> None:
    link = audit.link
    _patch(stack, audit, "link", lambda before, fields: link(audit.FIRST, fields))


# Plates: reading one destroys what is on it


@bug("a plate erased before its image is durable")
def _erased_first(stack: ExitStack) -> None:
    stream = PlateReading._stream

    def hasty(self: PlateReading, geometry: Any, *rest: Any) -> int:
        crc32 = stream(self, geometry, *rest)
        kept = self.reader.kept_read()
        if kept is not None:
            self.reader.erase(kept, geometry.samples, crc32)
        return crc32

    _patch(stack, PlateReading, "_stream", hasty)


@bug("a plate erased without a look at what is stored of it")
def _erased_unseen(stack: ExitStack) -> None:
    _patch(stack, PlateAcquisition, "_check_durable", lambda self, read: None)
    _patch(stack, PlateReads, "whole", _stored_at_once(PlateReads.whole))


def _stored_at_once(whole: Any) -> Any:
    """WHOLE taken for STORED."""

    def early(self: PlateReads, read: Any, *rest: Any) -> None:
        whole(self, read, *rest)
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE plate_read SET state = 'stored' WHERE read = ?", (read.request.read,)
            )

    return early


@bug("a plate's samples laid down as they come, so that some rows are there twice")
def _rows_twice(stack: ExitStack) -> None:
    put = Assembly.put

    def as_they_come(self: Assembly, segment: Any) -> bool:
        return put(self, replace(segment, first_sample=self.received))

    _patch(stack, Assembly, "put", as_they_come)
    _patch(stack, Transfer, "_check", lambda self, end, crc32: None)


@bug("an image that the reader keeps taken for nobody's")
def _taken_for_nobodys(stack: ExitStack) -> None:
    settle = PlateAcquisition.settle

    def forgetful(self: PlateAcquisition) -> None:
        number = self.reading.reader.kept_read()
        with self.reading.reads._database.transaction() as connection:
            connection.execute("DELETE FROM plate_read WHERE read = ?", (number,))
        settle(self)

    _patch(stack, PlateAcquisition, "settle", forgetful)


@bug("what the reader keeps after a cut is not looked for")
def _not_settled(stack: ExitStack) -> None:
    _patch(stack, PlateAcquisition, "settle", lambda self: None)


@bug("what the reader keeps is the next patient's")
def _next_patients(stack: ExitStack) -> None:
    acquire, read, orders = AcquisitionWorker._acquire, PlateReading.read, list[Any]()

    def remembered(self: AcquisitionWorker, order: Any) -> None:
        orders[:] = [order]
        try:
            acquire(self, order)
        finally:
            orders.clear()

    def of_the_next(self: PlateReading, plate: Any, *, is_known: bool) -> Any:
        order = orders[0] if orders else plate.order
        return read(self, replace(plate, order=order), is_known=is_known)

    _patch(stack, AcquisitionWorker, "_acquire", remembered)
    _patch(stack, PlateReading, "read", of_the_next)


@bug("an erasure that cannot be noted fails its scan")
def _not_noted(stack: ExitStack) -> None:
    _patch(
        stack, PlateAcquisition, "_note_erased", lambda self, read: self.reading.reads.erased(read)
    )


@bug("a put-aside file goes before its row says so")
def _file_first(stack: ExitStack) -> None:
    def step(self: Retention) -> float:
        for kept in self.forgetting.aside_before(self.rejected_days, self.superseded_days):
            self.store.remove(kept.file.path)
            self.keeping.found(kept.instance, Found.DAYS_OVER, kept.file.path)
        return LOOK_S

    _patch(stack, Retention, "step", step)


# What looks at the node: a proof that sees nothing finds nothing


@bug("the technician never scans")
def _nobody_scans(stack: ExitStack) -> None:
    _patch(stack, Technician, "_day", lambda self, day: None)


@bug("power never fails")
def _no_cuts(stack: ExitStack) -> None:
    _patch(stack, Mains, "_until_end_s", lambda self: float("inf"))
    _patch(stack, Mains, "cut_in", lambda self, calls: None)
    _patch(stack, Technician, "_meddle", lambda self, panel: None)


@bug("the checker hears nothing")
def _deaf(stack: ExitStack) -> None:
    _patch(stack, Checker, "hear", lambda self, event: None)


@bug("the checker never looks at the store")
def _blind(stack: ExitStack) -> None:
    _patch(stack, Checker, "look", lambda self, *args, **named: None)


@bug("Sent is never told")
def _never_told(stack: ExitStack) -> None:
    hear = Checker.hear
    _patch(
        stack,
        Checker,
        "hear",
        lambda self, event: None if isinstance(event, Sent) else hear(self, event),
    )
