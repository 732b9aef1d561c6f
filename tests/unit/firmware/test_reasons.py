"""Why an image waits is kept in both languages, and forgotten in both."""

from collections.abc import Callable

import pytest

from firmware.index.holding import DOUBTED, DOUBTS
from firmware.index.outbox import Outbox
from firmware.index.outbox_table import said
from firmware.index.proofs import Proofs
from firmware.index.queue_actions import Chosen, QueueActions
from hal.errors import Sentence
from hal.values import Uid
from tests.unit.firmware.conftest import Index

HERE = "ARCHIVE"
AWAY = Sentence(en="{archive} is away", fr="{archive} est absente").fill(archive="LILLE")


def on_the_line(index: Index) -> Uid:
    uid = index.add()
    index.outbox.lease(HERE, 1)
    return uid


def reason(index: Index, uid: Uid) -> tuple[str, str]:
    (row,) = index.database.rows("SELECT * FROM outbox WHERE instance = ?", (uid,))
    return row["last_error"], row["last_error_fr"]


TOLD: dict[str, Callable[[Outbox, Uid], object]] = {
    "not reached": lambda outbox, uid: outbox.not_reached(uid, HERE, AWAY),
    "not delivered": lambda outbox, uid: outbox.not_delivered(uid, HERE, AWAY),
    "refused": lambda outbox, uid: outbox.refused(uid, HERE, AWAY),
}


@pytest.mark.parametrize("tell", TOLD.values(), ids=list(TOLD))
def test_what_went_wrong_is_kept_in_both_languages_and_forgotten_in_both(
    index: Index, tell: Callable[[Outbox, Uid], object]
) -> None:
    uid = on_the_line(index)
    tell(index.outbox, uid)
    assert reason(index, uid) == (AWAY.en, AWAY.fr)
    actions = QueueActions(index.database, index.clock)
    actions.hold(Chosen(), "lea")  # what was refused is held already
    actions.release(Chosen(), "lea")
    assert reason(index, uid) == ("", "")


def test_whoever_holds_an_image_is_named_in_both(index: Index) -> None:
    uid = index.add()
    QueueActions(index.database, index.clock).hold(Chosen(), "lea")
    assert reason(index, uid) == ("held by lea", "retenue par lea")


def test_a_peers_own_word_leaves_no_french_of_before(index: Index) -> None:
    uid = on_the_line(index)
    index.outbox.not_delivered(uid, HERE, AWAY)
    index.clock.sleep(3600.0)
    index.outbox.lease(HERE, 1)
    index.outbox.not_delivered(uid, HERE, "A700H")
    assert reason(index, uid) == ("A700H", "")


def test_not_listed_is_said_in_both(index: Index) -> None:
    uid = on_the_line(index)
    index.outbox.accepted(uid, HERE)
    Proofs(index.database, index.clock).not_listed(uid, HERE, 5)
    assert reason(index, uid) == ("the archive does not list it", "l'archive ne la liste pas")


def test_a_doubt_is_known_by_its_english(index: Index) -> None:
    assert all(doubt == sentence.en for doubt, sentence in DOUBTS.items())
    assert said(DOUBTS[DOUBTED])["last_error"] == DOUBTED
