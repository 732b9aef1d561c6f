"""Giving a study to its order: both identities side by side, a name typed, then asked for.

The page asks only; `firmware/reconciliation_worker.py` makes the corrected images, in the node.
"""

import hashlib
import re
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from starlette.responses import RedirectResponse, Response

from firmware.index.database import stamp
from firmware.index.order_json import to_json
from firmware.index.reconciliations import CHANGED
from firmware.index.scheduled import Scheduled
from firmware.reconciliation import OpenStudy, Reconciliation
from firmware.web.page import NotThere, Visit
from firmware.web.plain_text import day, family, person
from hal.errors import ConfigError, Sentence
from hal.values import Order, Uid

ORDERS_MAX = 60
"""Of the likeliest: a day's worklist and more."""
UID = re.compile(r"[0-9.]{1,64}")
NO_SUCH = Sentence(
    en="There is no such study here to reconcile.",
    fr="Il n'y a ici aucun examen de ce genre à rattacher.",
)
ORDER_GONE = Sentence(
    en="The worklist has changed, and this order is not on it any more. Choose again.",
    fr="La liste de travail a changé et cette demande n'y figure plus. Choisissez à nouveau.",
)
NOT_THE_NAME = Sentence(
    en="What was typed is not the family name of the order, {name}. Nothing was changed.",
    fr="Le nom saisi n'est pas le nom de famille de la demande, {name}. Rien n'a été modifié.",
)


def show(visit: Visit) -> Response:
    with _reconciliation(visit) as work:
        studies, recent = work.open_studies(), work.recent(20)
    rows = [{"study": one, "at": stamp(one.opened_at)} for one in studies]
    said = [{"standing": one, "at": stamp(one.asked_at)} for one in recent]
    return visit.html("reconciliation.html", rows=rows, recent=said)


def study(visit: Visit) -> Response:
    return _study(visit)


def _study(visit: Visit, refusal: Sentence | None = None, status: int = 200) -> Response:
    uid = _uid(visit)
    with _reconciliation(visit) as work:
        found = next((one for one in work.open_studies() if one.study_instance_uid == uid), None)
        standing = work.standing(uid)
        orders, seen = work.propose(uid), seen_key(work.images(uid))
    with visit.page.reading() as database:
        images = database.rows(
            "SELECT sop_instance_uid FROM instance JOIN series ON series_instance_uid = series"
            " WHERE study = ? AND condition = 'good' ORDER BY series_number, instance_number",
            (uid,),
        )
        if found is None:
            found = _any_study(database.rows(_STUDY, (uid,)))
    chosen = _chosen(orders, visit.form.get("order") or visit.request.query_params.get("order", ""))
    return visit.html(
        "reconcile_study.html",
        status,
        uid=uid,
        identity=_identity(found),
        images=[row["sop_instance_uid"] for row in images],
        seen=seen,
        standing=standing,
        orders=[(key_of(one), _order_identity(one)) for one in orders[:ORDERS_MAX]],
        chosen=chosen and (key_of(chosen), _order_identity(chosen)),
        refusal=refusal,
    )


def reconcile(visit: Visit) -> Response:
    """Durable, and on the trail, when it is answered."""
    uid = _uid(visit)
    with _reconciliation(visit, writes=True) as work:
        order = _chosen(work.propose(uid), visit.form.get("order", ""))
        if order is None:
            return _study(visit, ORDER_GONE, 409)
        name = family(order.patient.name)
        if not same_name(visit.form.get("typed", ""), name):
            return _study(visit, NOT_THE_NAME.fill(name=name), 409)
        seen = work.images(uid)
        if visit.form.get("seen", "") != seen_key(seen):
            return _study(visit, CHANGED, 409)
        try:
            work.reconcile(uid, order, visit.session.actor, seen)
        except ConfigError as error:
            return _study(visit, error.sentence, 409)
    visit.page.wake("reconciliation")
    visit.page.board.tell_news()
    return RedirectResponse(f"/reconciliation/{uid}", 303)


def mark(visit: Visit) -> Response:
    """It is under the wrong patient, somebody says."""
    uid = _uid(visit)
    with _reconciliation(visit, writes=True) as work:
        work.mark(uid, visit.session.actor)
    return RedirectResponse(f"/reconciliation/{uid}", 303)


@contextmanager
def _reconciliation(visit: Visit, *, writes: bool = False) -> Generator[Reconciliation]:
    page = visit.page
    with page.writing() if writes else page.reading() as database:
        kept = Scheduled(database, page.clock)
        yield Reconciliation(
            database, page.clock, page.entropy, lambda: kept.last().orders, page.zone
        )


_STUDY = (
    "SELECT patient_id, name, birth_date, sex, accession_number, description FROM study"
    " JOIN patient ON patient.id = study.patient WHERE study_instance_uid = ?"
)


def _any_study(rows: Any) -> Any:
    """One that is not among the open ones: it can be marked as wrong."""
    if not rows:
        raise NotThere(NO_SUCH)
    return rows[0]


def _uid(visit: Visit) -> Uid:
    uid = str(visit.request.path_params["uid"])
    if not UID.fullmatch(uid):
        raise NotThere(NO_SUCH)
    return Uid(uid)


def _chosen(orders: tuple[Order, ...], key: str) -> Order | None:
    return next((one for one in orders if key_of(one) == key), None)


def key_of(order: Order) -> str:
    """Of all that it says: an order that was changed meanwhile is another one."""
    return hashlib.sha256(to_json(order).encode("utf-8")).hexdigest()[:32]


def seen_key(images: tuple[Uid, ...]) -> str:
    """Of the images that the page showed: a person answers for these and no others."""
    return hashlib.sha256(" ".join(sorted(images)).encode("ascii")).hexdigest()[:32]


def _identity(found: Any) -> dict[str, str]:
    if isinstance(found, OpenStudy):
        found = vars(found) | {"open": True}
    told = dict(found)
    return {
        "name": person(told["name"]),
        "birth_date": day(told["birth_date"]),
        "patient_id": told["patient_id"],
        "accession": told["accession_number"],
        "description": told["description"],
        "open": "yes" if told.get("open") else "",
    }


def _order_identity(order: Order) -> dict[str, str]:
    what = order.requested_procedure_description or order.scheduled_procedure_step_description
    return {
        "name": person(order.patient.name),
        "family": family(order.patient.name),
        "birth_date": day(order.patient.birth_date),
        "patient_id": order.patient.patient_id,
        "accession": order.accession_number,
        "description": what,
    }


def same_name(typed: str, name: str) -> bool:
    """As people type: without accents, in any case, with spaces where they like."""
    return bool(_bare(typed)) and _bare(typed) == _bare(name)


def _bare(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(one for one in apart if one.isalnum())
