"""Mistakes of what looks at the node: a proof that sees nothing finds nothing."""

from contextlib import ExitStack

from firmware.events import Sent
from sim.checker.checker import Checker
from sim.mains import Mains
from sim.technician import Technician
from tests.planting import patch
from tests.simulation.planted.planting import bug


@bug("the technician never scans")
def _nobody_scans(stack: ExitStack) -> None:
    patch(stack, Technician, "_day", lambda self, day: None)


@bug("power never fails")
def _no_cuts(stack: ExitStack) -> None:
    patch(stack, Mains, "_until_end_s", lambda self: float("inf"))
    patch(stack, Mains, "cut_in", lambda self, calls: None)
    patch(stack, Technician, "_meddle", lambda self, panel: None)


@bug("the checker hears nothing")
def _deaf(stack: ExitStack) -> None:
    patch(stack, Checker, "hear", lambda self, event: None)


@bug("the checker never looks at the store")
def _blind(stack: ExitStack) -> None:
    patch(stack, Checker, "look", lambda self, *args, **named: None)


@bug("Sent is never told")
def _never_told(stack: ExitStack) -> None:
    hear = Checker.hear
    patch(
        stack,
        Checker,
        "hear",
        lambda self, event: None if isinstance(event, Sent) else hear(self, event),
    )
