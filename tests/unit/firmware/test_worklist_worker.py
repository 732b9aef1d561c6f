"""Orders are there when the RIS is not, and how old they are is never hidden."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from firmware.index.order_json import to_json
from firmware.index.scheduled import KEPT, UNCHANGED, Scheduled
from firmware.ins import InsPlacement
from firmware.runtime import ThreadChannel
from firmware.worklist_worker import OrdersKept, PanelOrders, WorklistWorker, key_of
from hal.errors import PeerRetryable, Sentence
from hal.values import Issuer, Order, OtherPatientId, Patient, Uid
from tests.unit.firmware.conftest import Index

AWAY = Sentence(en="away", fr="absent")
ODD = Sentence(en="one left out", fr="une écartée")
ORDERS = tuple(
    Order(
        Patient(str(number), f"EXEMPLE^{number}"),
        accession_number=f"A{number}",
        study_instance_uid=Uid(f"1.2.{number}"),
        scheduled_procedure_step_id=f"S{number}",
    )
    for number in range(3)
)


@dataclass
class FakeWorklist:
    listed: tuple[Order, ...] = ORDERS
    away: bool = False
    odd: tuple[Sentence, ...] = ()

    def orders(self) -> tuple[Order, ...]:
        if self.away:
            raise PeerRetryable(AWAY)
        return self.listed

    def left_out(self) -> tuple[Sentence, ...]:
        return self.odd


@dataclass
class Reading:
    index: Index
    worklist: FakeWorklist = field(default_factory=FakeWorklist)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.last: OrdersKept | None = None
        self.channel: ThreadChannel[OrdersKept] = ThreadChannel()
        scheduled = Scheduled(self.index.database, self.index.clock)
        self.worker = WorklistWorker(self.worklist, scheduled, self.index.clock, self.channel)

    def read(self) -> OrdersKept:
        """What the panel knows after one more step."""
        self.worker.step()
        while (kept := self.channel.take(0.0)) is not None:
            self.last = kept
        assert self.last
        return self.last


@pytest.fixture
def reading(index: Index) -> Reading:
    return Reading(index)


def test_what_the_ris_lists_is_shown_with_its_time(reading: Reading) -> None:
    assert reading.read() == OrdersKept(ORDERS, reading.index.clock.now())


def test_an_order_has_its_ins_where_the_site_wants_it_from_the_first(reading: Reading) -> None:
    ins = OtherPatientId("255069912345678", Issuer(universal="1.2.250.1.213.1.4.10"))
    patient = replace(ORDERS[0].patient, other_ids=(ins,))
    reading.worklist.listed = (replace(ORDERS[0], patient=patient),)
    reading.worker.ins = InsPlacement.PATIENT_ID
    (shown,) = reading.read().orders
    assert (shown.patient.patient_id, shown.patient.issuer) == (ins.patient_id, ins.issuer)
    assert shown.patient.other_ids == (OtherPatientId(patient.patient_id, Issuer()),)
    assert reading.worker.scheduled.last().orders == (shown,), "for a correction and a restart"


def test_a_ris_that_is_away_leaves_the_orders_and_their_age(reading: Reading) -> None:
    at = reading.read().as_of
    reading.worklist.away = True
    reading.index.clock.sleep(3600.0)
    assert reading.read() == OrdersKept(ORDERS, at, AWAY, away_at=reading.index.clock.now())


def test_a_start_without_a_network_has_yesterdays_orders(reading: Reading) -> None:
    at = reading.read().as_of
    reading.worklist.away = True
    reading.restart()
    reading.index.clock.sleep(86_400.0)
    assert reading.read() == OrdersKept(ORDERS, at, AWAY, away_at=reading.index.clock.now())


def test_orders_too_old_to_be_true_are_gone(reading: Reading) -> None:
    reading.read()
    reading.worklist.away = True
    reading.index.clock.sleep(KEPT.total_seconds() + 1.0)
    assert reading.read() == OrdersKept((), None, AWAY, away_at=reading.index.clock.now())
    reading.restart()
    assert reading.read() == OrdersKept((), None, AWAY, away_at=reading.index.clock.now())


def test_what_is_called_off_is_not_kept(reading: Reading) -> None:
    reading.read()
    reading.worklist.listed = ORDERS[1:]
    assert reading.read().orders == ORDERS[1:]
    reading.worklist.away = True
    reading.restart()
    assert reading.read().orders == ORDERS[1:]


def test_an_entry_left_out_is_said(reading: Reading) -> None:
    reading.worklist.odd = (ODD,)
    assert reading.read().trouble == ODD


def test_an_order_whose_examination_is_completed_is_done(reading: Reading) -> None:
    reading.read()
    examined = replace(ORDERS[1], scheduled_procedure_step_description="in other words")
    now = reading.index.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with reading.index.database.transaction() as connection:
        connection.execute(
            "INSERT INTO examination"
            " (study_instance_uid, order_json, device, opened_at, closed_at, ended)"
            " VALUES ('1.2.1', ?, 'film-scanner', ?, ?, 'completed')",
            (to_json(examined), now, now),
        )
    kept = reading.read()
    assert (kept.orders, kept.done) == ((ORDERS[0], ORDERS[2]), (ORDERS[1],))


def test_what_was_done_for_one_hides_no_order_of_another() -> None:
    one = Order(Patient("1", "NOM^A"), study_instance_uid=Uid("2.25.1"))
    other = replace(one, patient=Patient("2", "NOM^B"))
    assert key_of(one) != key_of(other)
    assert key_of(one) == key_of(replace(one, patient=replace(one.patient, name="NOM^AA")))


def test_the_same_orders_are_not_written_each_minute(reading: Reading) -> None:
    def kept_at() -> object:
        return Scheduled(reading.index.database, reading.index.clock).last().at

    reading.read()
    first = kept_at()
    reading.index.clock.sleep(60.0)
    reading.read()
    assert kept_at() == first
    reading.index.clock.sleep(UNCHANGED.total_seconds())
    reading.read()
    assert kept_at() == reading.index.clock.now() != first


def test_what_is_as_it_was_wakes_nobody(reading: Reading) -> None:
    reading.read()
    reading.index.clock.sleep(60.0)
    reading.worker.step()
    assert reading.channel.take(0.0) is None
    reading.worklist.listed = ORDERS[:1]
    reading.worker.step()
    assert reading.channel.take(0.0) == OrdersKept(ORDERS[:1], reading.index.clock.now())


def test_the_age_of_the_orders_is_right_after_a_restart_while_the_ris_is_away(
    reading: Reading,
) -> None:
    reading.read()
    reading.index.clock.sleep(3600.0)
    reading.read()
    last_read = reading.index.clock.now()
    reading.worklist.away = True
    reading.index.clock.sleep(60.0)
    reading.read()
    reading.restart()
    assert reading.read().as_of == last_read


def test_a_ris_that_stays_away_is_not_written_down_each_minute(reading: Reading) -> None:
    reading.read()
    reading.worklist.away = True
    reading.index.clock.sleep(3600.0)
    reading.read()
    changes = reading.index.database.connection.total_changes
    reading.read()
    assert reading.index.database.connection.total_changes == changes


def test_an_order_that_was_done_is_last_on_the_panel_and_not_gone(reading: Reading) -> None:
    kept = OrdersKept(orders=ORDERS[1:], as_of=None, done=ORDERS[:1])
    reading.channel.put(kept)
    assert PanelOrders(reading.channel).orders() == (*ORDERS[1:], ORDERS[0])


def test_the_panel_knows_which_are_done_and_how_old_all_are(reading: Reading) -> None:
    panel = PanelOrders(reading.channel, ZoneInfo("Europe/Paris"))
    at = reading.index.clock.now()
    reading.channel.put(OrdersKept(ORDERS[1:], at, done=ORDERS[:1]))
    panel.orders()
    assert (panel.done, panel.age) == (frozenset(ORDERS[:1]), None)
    local = at.astimezone(ZoneInfo("Europe/Paris"))
    for later, age in ((1, f"de {local:%H:%M}"), (24 * 60, f"du {local:%d/%m}")):
        away_at = at + timedelta(minutes=later)
        reading.channel.put(OrdersKept(ORDERS, at, AWAY, away_at=away_at))
        with suppress(PeerRetryable):
            panel.orders()
        assert panel.age is not None
        assert panel.age.fr == age
    reading.channel.put(OrdersKept(ORDERS, at))
    panel.orders()
    assert panel.age is None, "the RIS answers again"


def test_a_start_says_how_old_its_orders_are_until_the_ris_has_answered(reading: Reading) -> None:
    reading.read()
    reading.restart()
    reading.index.clock.sleep(3600.0)
    reading.worker.step()
    shown = [reading.channel.take(0.0) for _ in range(2)]
    assert [one is not None and one.away_at is not None for one in shown] == [True, False]


def test_the_panel_hears_of_a_trouble_once(reading: Reading) -> None:
    panel = PanelOrders(reading.channel)
    assert panel.orders() == ()
    reading.worker.step()
    assert panel.orders() == ORDERS
    reading.worklist.away = True
    for _ in range(2):
        reading.worker.step()
    at = reading.index.clock.now()
    with pytest.raises(PeerRetryable, match="away") as told:
        panel.orders()
    assert told.value.sentence.fr == f"Demandes de {at:%H:%M, %d/%m}. absent"
    assert panel.orders() == ORDERS
    reading.worker.step()
    assert panel.orders() == ORDERS


def test_a_reading_of_the_worklist_is_not_older_than_a_weekend() -> None:
    assert timedelta(days=2) < KEPT < timedelta(days=7)
