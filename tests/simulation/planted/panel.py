"""What is filed under whom, and what the panel says: mistakes."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest import mock

from firmware.acquisition import Acquisition
from firmware.acquisition_worker import AcquisitionWorker
from firmware.panel_teller import PanelTeller
from firmware.panel_worker import PanelWorker
from firmware.panel_workflow import TABLE, Action, Happened, State, Workflow
from firmware.steady_panel import SteadyPanel
from hal.errors import NodeError
from hal.panel import Button
from tests.planting import patch
from tests.simulation.planted.planting import bug


@bug("filed under the order on the display when the scan ended")
def _order_of_the_end(stack: ExitStack) -> None:
    panels: list[PanelWorker] = []
    order_scan, dataset = PanelWorker._order_scan, Acquisition._dataset

    def remembered(self: PanelWorker, action: Any) -> None:
        panels[:] = [self]
        order_scan(self, action)

    def of_the_end(self: Acquisition, order: Any, *rest: Any) -> Any:
        return dataset(self, panels[0].workflow.order or order, *rest)

    patch(stack, PanelWorker, "_order_scan", remembered)
    patch(stack, Acquisition, "_dataset", of_the_end)


@bug("SCAN confirms an order that a message hides")
def _hidden_order(stack: ExitStack) -> None:
    patch(stack, PanelTeller, "hides", lambda self, workflow: False)


@bug("a press that waited confirms what came up meanwhile")
def _old_press(stack: ExitStack) -> None:
    patch(stack, PanelWorker, "_was_unread", lambda self, press: False)
    patch(stack, PanelWorker, "_waited_too_long", lambda self, press: False)


@bug("a new worklist moves the choice, and the display stays")
def _choice_moves(stack: ExitStack) -> None:
    def moved(self: Workflow, orders: Any, *_: Any) -> Workflow:
        return replace(self, orders=orders, position=0)

    patch(stack, Workflow, "with_orders", moved)
    patch(stack, PanelWorker, "_was_unread", lambda self, press: False)
    patch(stack, PanelTeller, "hides", lambda self, workflow: False)
    read = PanelWorker._read_orders

    def silently(self: PanelWorker) -> None:
        with mock.patch.object(PanelTeller, "show_state"):
            read(self)

    patch(stack, PanelWorker, "_read_orders", silently)


@bug("a failed scan does not end on the panel")
def _no_end(stack: ExitStack) -> None:
    def silent(self: AcquisitionWorker) -> float:
        if ordered := self.scans.take(0.5):
            try:
                self.acquisition.acquire_film(ordered.order, lambda: self.cancel.raised)
            except NodeError:
                return 0.0
        return 0.0

    patch(stack, AcquisitionWorker, "step", silent)


@bug("a panel that failed loses the end of a scan")
def _panel_forgets(stack: ExitStack) -> None:
    patch(stack, SteadyPanel, "_try", lambda self, call: call())
    patch(stack, SteadyPanel, "renew", lambda self: None)


@bug("a scan counts its rows as asked for, not as they came")
def _rows_not_counted(stack: ExitStack) -> None:
    def trusting(self: Acquisition, request: Any, cancelled: Any) -> Any:
        last = None
        for last in self.scanner.scan(request):
            yield last
        missing = request.rows - (last.first_row + last.rows if last else 0)
        if last is not None and missing > 0:
            yield replace(last, rows=missing, samples=last.samples[: 2 * request.columns * missing])

    patch(stack, Acquisition, "_blocks", trusting)


@bug("SCAN scans the order that is chosen, and asks nobody")
def _not_asked(stack: ExitStack) -> None:
    row = {(State.CHOOSING, Button.SCAN): (State.SCANNING, Action.SCAN)}
    stack.enter_context(mock.patch.dict(TABLE, row))


@bug("a confirmation that outlives the pause")
def _confirmed_for_ever(stack: ExitStack) -> None:
    elapse = PanelWorker._elapse

    def only_looks(self: PanelWorker, what: Happened) -> bool:
        return what is Happened.LOOK_OVER and elapse(self, what)

    patch(stack, PanelWorker, "_elapse", only_looks)
