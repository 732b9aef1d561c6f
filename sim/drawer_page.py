"""The drawer of faults on the page of a simulated node: switches with their state, films,
cassettes, codes.

Behind the page's own doors, as an extension of it; it says everything in French and English.
"""

from pathlib import Path
from typing import Any

from jinja2 import PackageLoader
from markupsafe import Markup
from starlette.responses import Response

from firmware.panel_workflow import spoken_name
from firmware.web.page import TEMPLATES, Visit
from firmware.web.way import Extension, Way
from hal.errors import NodeError, Sentence
from hal.values import Order
from sim.day import Envelope
from sim.drawer import Drawer
from sim.drawer_faults import Fault
from sim.drawer_sentences import (
    GIVEN_BACK,
    GROUPS,
    HOLDS,
    STATUSES,
    STEP,
    STEP_BEGUN,
    SWITCHES,
    TEXTS,
)
from sim.played_reader import Holding
from sim.ris_steps import ToldStep

HERE = Path(__file__).parent
STEPS_MAX = 6  # what was told last; a column of a screen has room for no more
UNBROKEN = "\u2011"  # a hyphen at which no line ends
CODE_MAX = 64  # of a wristband; longer ones the real reader refuses
PAGES = TEMPLATES.overlay(loader=PackageLoader("sim"))


def extension(drawer: Drawer) -> Extension:
    page = DrawerPage(drawer)
    return Extension(
        name="drawer",
        ways=(
            Way("/drawer", page.state),
            Way("/drawer/switch", page.switch, "POST"),
            Way("/drawer/film", page.lay, "POST"),
            Way("/drawer/cassette", page.put_in, "POST"),
            Way("/drawer/code", page.read_code, "POST"),
        ),
        static=HERE / "drawer_static",
        beside_panel=page.fragment,
    )


class DrawerPage:
    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    def fragment(self, visit: Visit) -> Markup:
        told = visit.told
        groups = [
            (told(heading), [(one, told(SWITCHES[one])) for one in faults if one in self._there])
            for heading, faults in GROUPS
        ]
        orders, with_plates = _named(self._drawer.envelopes), _named(self._drawer.with_plates)
        text = PAGES.get_template("drawer.html").render(
            text={key: told(sentence) for key, sentence in TEXTS.items()},
            groups=[group for group in groups if group[1]],
            is_on=self._drawer.is_on,
            orders=orders,
            with_plates=with_plates,
            laid=self._laid(visit),
            held=self._held(visit),
            steps=self._steps(visit),
            code_max=CODE_MAX,
        )
        return Markup(text)  # noqa: S704 -- made by an escaping template

    @property
    def _there(self) -> tuple[Fault, ...]:
        return self._drawer.faults

    def state(self, visit: Visit) -> Response:
        return visit.json(self._state(visit))

    def switch(self, visit: Visit) -> Response:
        names = {one.value: one for one in self._there}
        fault = names.get(visit.form.get("fault", ""))
        if fault is None:
            return visit.json({"told": visit.say.not_found}, 404)
        self._drawer.turn(fault, visit.form.get("on") == "true")
        return visit.json(self._state(visit))

    def lay(self, visit: Visit) -> Response:
        """Without an order: what lies there is taken away."""
        if order := visit.form.get("order", ""):
            self._drawer.lay(order)
        else:
            self._drawer.lift()
        return visit.json(self._state(visit))

    def put_in(self, visit: Visit) -> Response:
        """Without an order: what is in there is taken out."""
        try:
            if order := visit.form.get("order", ""):
                self._drawer.put_in(order)
            else:
                self._drawer.take_out()
        except NodeError as error:
            return visit.json({"told": visit.told(error.sentence)}, 409)
        return visit.json(self._state(visit))

    def read_code(self, visit: Visit) -> Response:
        code = visit.form.get("code", "").strip()[:CODE_MAX]
        if code.isprintable() and code:
            try:
                self._drawer.read_code(code)
            except (NodeError, OSError) as error:
                return visit.json({"told": str(error)}, 500)
        return visit.json(self._state(visit))

    def _state(self, visit: Visit) -> dict[str, Any]:
        return {
            "on": {one.value: self._drawer.is_on(one) for one in self._there},
            "laid": self._laid(visit),
            "held": self._held(visit),
            "steps": self._steps(visit),
        }

    def _steps(self, visit: Visit) -> list[str]:
        """The last of them first; empty where there is no RIS."""
        if Fault.RIS_CHARACTER_SET not in self._there:
            return []
        last = reversed(self._drawer.told[-STEPS_MAX:])
        return [visit.told(_said(step)) for step in last] or [visit.told(TEXTS["nothing_told"])]

    def _laid(self, visit: Visit) -> str:
        if self._drawer.is_glass_empty:
            return visit.told(TEXTS["nothing_laid"])
        accession_number, number = self._drawer.laid
        envelope = self._drawer.envelope(accession_number)
        if envelope is None:
            return visit.told(TEXTS["laid_first"])
        order, count = envelope.order, len(envelope.films)
        words = {"name": spoken_name(order.patient.name), "number": number, "count": count}
        what = order.requested_procedure_description
        return visit.told(TEXTS["laid"].fill(what=what, **words))

    def _held(self, visit: Visit) -> str:
        """What the cassette reader holds; empty where there is none."""
        if self._drawer.reader is None:
            return ""
        contents = self._drawer.reader.contents
        plate = contents.plate_id.replace("-", UNBROKEN)
        envelope = self._drawer.envelope(contents.accession_number)
        if envelope is None:
            return visit.told((GIVEN_BACK if plate else HOLDS[Holding.NOTHING]).fill(plate=plate))
        order = envelope.order
        name, what = spoken_name(order.patient.name), order.requested_procedure_description
        return visit.told(HOLDS[contents.holding].fill(plate=plate, name=name, what=what))


def _named(envelopes: tuple[Envelope, ...]) -> list[tuple[Order, str]]:
    orders = (envelope.order for envelope in envelopes)
    return [(order, spoken_name(order.patient.name)) for order in orders]


def _said(step: ToldStep) -> Sentence:
    status = STATUSES.get(step.status) or Sentence(step.status, step.status)
    sentence = STEP if step.images else STEP_BEGUN
    return sentence.fill(name=spoken_name(step.patient_name), status=status, images=step.images)
