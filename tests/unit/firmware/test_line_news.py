"""What an archive did is told between two patients, and once while it lasts."""

import pytest

from firmware.events import (
    CertificateEnds,
    CommitmentDenied,
    CommitmentNotTaken,
    Event,
    FellBack,
    NotSent,
    SaidDuplicate,
    ScanFailed,
    Sent,
)
from firmware.line_news import TOLD_AGAIN_S, WAITING_MAX, LineNews
from firmware.panel_sentences import FELL_BACK, SENT_WITH_WARNING
from firmware.panel_workflow import State
from hal.errors import Sentence
from hal.panel import Button, Lamp
from hal.values import Uid
from tests.fakes import FakeClock
from tests.unit.firmware.panel_front import A_STORED, UID, WHY, Front

AWAY = Sentence("away", "absente")
OTHER = Sentence("other", "autre")
NEWS: tuple[tuple[Event, Sentence], ...] = (
    (NotSent(UID, "A", AWAY, will_retry=True), AWAY),
    (NotSent(UID, "A", AWAY, will_retry=False), AWAY),
    (SaidDuplicate(UID, "A", AWAY), AWAY),
    (CommitmentNotTaken(UID, "A", AWAY, refused=False), AWAY),
    (CommitmentDenied(UID, "A", AWAY), AWAY),
    (FellBack(UID, "A", "B"), FELL_BACK.fill(destination="A", fallback="B")),
    (Sent(UID, "A", 1.0, warning="B007H"), SENT_WITH_WARNING),
    (CertificateEnds("A", 3, AWAY), AWAY),
)


NAMES = [type(event).__name__ for event, _ in NEWS]


def _away(uid: str = "2.25.8") -> NotSent:
    return NotSent(Uid(uid), "A", AWAY, will_retry=True)


@pytest.fixture
def news() -> LineNews:
    return LineNews(FakeClock())


@pytest.mark.parametrize(("event", "sentence"), NEWS, ids=NAMES)
def test_it_waits_until_the_examination_is_over(
    front: Front, event: Event, sentence: Sentence
) -> None:
    front.scan()
    front.hear(event)
    assert front.state is State.SCANNING
    front.end(A_STORED)
    front.hear(event)
    assert "Image stockée (10 lignes)" in front.display.fr
    front.press(Button.SEND)
    assert (front.state, front.display) == (State.CHOOSING, sentence)
    front.press(Button.SCAN)
    assert front.state is State.CHOOSING
    assert "NOM1 P" in front.display.fr


def test_the_lamp_does_not_wait(front: Front) -> None:
    front.scan()
    front.hear(Sent(UID, "A", 1.0))
    assert Lamp.NETWORK in front.panel.lit
    front.hear(_away())
    assert Lamp.NETWORK not in front.panel.lit


def test_it_covers_no_film_that_must_be_scanned_again(front: Front) -> None:
    front.scan()
    front.end(ScanFailed(WHY))
    front.hear(_away())
    assert front.display == WHY


def test_an_archive_that_stays_away_is_said_once_and_again_after_an_hour(front: Front) -> None:
    front.hear(_away())
    assert front.display == AWAY
    front.press(Button.SCAN)
    for number in range(5):
        front.wait(600.0)
        front.hear(_away(f"2.25.{number}"))
        assert "NOM0 P" in front.display.fr
    front.wait(600.0)
    front.hear(_away())
    assert front.display == AWAY


def test_what_stood_there_for_an_hour_is_gone_with_one_press(front: Front) -> None:
    front.hear(_away())
    front.wait(TOLD_AGAIN_S)
    front.hear(_away())
    front.press(Button.SCAN)
    assert "NOM0 P" in front.display.fr


def test_what_is_over_is_not_on_the_display_any_more(front: Front) -> None:
    front.hear(_away())
    front.hear(Sent(UID, "B", 1.0))
    assert front.display == AWAY
    front.hear(Sent(UID, "A", 1.0))
    assert "NOM0 P" in front.display.fr


def test_it_takes_nothing_else_off_the_display(front: Front) -> None:
    front.hear(_away())
    front.press(Button.SCAN)
    front.scan()
    front.end(ScanFailed(WHY))
    front.hear(Sent(UID, "A", 1.0))
    assert front.display == WHY


def test_it_stands_while_another_archive_is_away_in_the_same_words(front: Front) -> None:
    front.hear(_away())
    front.press(Button.SCAN)
    front.hear(NotSent(UID, "B", AWAY, will_retry=True))
    front.hear(Sent(UID, "A", 1.0))
    assert front.display == AWAY


def test_one_does_not_cover_the_other(front: Front) -> None:
    front.hear(_away())
    front.hear(CommitmentDenied(UID, "A", OTHER))
    assert front.display == AWAY
    front.press(Button.SCAN)
    assert front.display == OTHER
    front.press(Button.SCAN)
    assert "NOM0 P" in front.display.fr


def test_what_waits_and_is_over_is_never_told(news: LineNews) -> None:
    news.hear("A", AWAY, passes=True)
    news.hear("A", OTHER)
    assert news.came_through("A") == frozenset()
    assert (news.take(), news.waits) == (OTHER, False)


def test_an_archive_that_goes_away_again_is_told_again(news: LineNews) -> None:
    news.hear("A", AWAY, passes=True)
    assert news.take() == AWAY
    assert news.came_through("A") == {AWAY}
    news.hear("A", AWAY, passes=True)
    assert news.take() == AWAY


def test_of_many_the_newest_wait(news: LineNews) -> None:
    said = [Sentence(str(number), "") for number in range(WAITING_MAX + 2)]
    for sentence in said:
        news.hear("A", sentence)
    assert [news.take() for _ in range(WAITING_MAX)] == said[2:]
    assert not news.waits


def test_an_hour_is_from_when_it_was_told(news: LineNews) -> None:
    clock = news.clock
    news.hear("A", AWAY)
    clock.sleep(TOLD_AGAIN_S)
    assert news.take() == AWAY
    news.hear("A", AWAY)
    assert not news.waits


def test_an_image_sent_in_the_turn_in_which_its_scan_ends_is_received(front: Front) -> None:
    front.scan()
    front.ends.put(A_STORED)
    front.events.put(Sent(UID, "A", 1.0))
    front.worker.step()
    assert front.display.fr.startswith("Image stockée (10 lignes), et reçue")
