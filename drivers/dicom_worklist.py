"""`hal.archive.Worklist` over DICOM: Modality Worklist C-FIND SCU (PS3.4 annex K, IHE RAD-5).

Each reading is one association. An entry that is no order is left out with its reason, and the
others count; a reading that breaks off in the middle tells nothing of any.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from drivers.dicom_association import Association
from drivers.dicom_negotiation import AcceptedContext, Proposal
from drivers.dicom_ris import Ris, check, check_done
from drivers.wire.data_set import SYNTAXES, encode, split
from drivers.wire.dimse import CommandField, c_find_request
from drivers.wire.p_data import MalformedPdu
from drivers.wire.told_values import ToldValues
from drivers.wire.worklist_item import NotAnOrder, order_of, unreadable
from drivers.wire.worklist_query import WORKLIST_FIND, WorklistFilter, identifier
from hal.errors import Sentence
from hal.tls import CertificateLife
from hal.values import Order

FIND = Proposal(WORKLIST_FIND, SYNTAXES)
SERVICE = "Modality Worklist"
PENDING = (0xFF00, 0xFF01)
ORDERS_MAX = 500
"""A radiology of a small hospital has a hundred a day, and nobody leafs through more."""
ANSWERS_MAX = 2 * ORDERS_MAX
"""A RIS that goes on and on has not understood the question."""
ANSWER_BYTES_MAX = 64 * 1024
"""An entry has 2 KiB; one with a picture in it is none of ours."""

TOO_MANY = Sentence(
    en="The RIS lists more than {orders_max} orders for this station; the first ones are shown. "
    "Narrow worklist.query_station_ae_title or query_modality.",
    fr="Le RIS liste plus de {orders_max} demandes pour ce poste ; les premières sont affichées. "
    "Restreignez worklist.query_station_ae_title ou query_modality.",
)


@dataclass
class DicomWorklist:
    ris: Ris
    wanted: WorklistFilter
    today: Callable[[], date]
    """In the hospital's time zone."""
    _left_out: tuple[Sentence, ...] = field(default=(), init=False)

    def orders(self) -> tuple[Order, ...]:
        orders: list[Order] = []
        left_out: list[Sentence] = []
        with self.ris.service(FIND, SERVICE) as (association, context):
            query = encode(identifier(self.wanted, self.today()), context.transfer_syntax)
            for answer in _answers(association, context, query):
                if isinstance(answer, Order):
                    orders.append(answer)
                else:
                    left_out.append(answer)
        if len(orders) > ORDERS_MAX:
            left_out.append(TOO_MANY.fill(orders_max=ORDERS_MAX))
        self._left_out = tuple(left_out)
        in_order = sorted(orders, key=lambda order: (order.scheduled_date, order.scheduled_time))
        return tuple(in_order[:ORDERS_MAX])

    def certificates(self, now: datetime) -> tuple[CertificateLife, ...]:
        return self.ris.certificates(now)

    def left_out(self) -> tuple[Sentence, ...]:
        return self._left_out


def _answers(
    association: Association, context: AcceptedContext, query: bytes
) -> Iterator[Order | Sentence]:
    """Each entry as an order, or why it is none. Raises PeerRetryable, PeerRefused."""
    message_id = association.next_message_id()
    association.send(context.context_id, c_find_request(message_id, WORKLIST_FIND), query)
    for _ in range(ANSWERS_MAX):
        message = association.receive()
        status = check(association, message, CommandField.C_FIND_RSP, message_id)
        if status not in PENDING:
            return check_done(status)
        yield read_entry(message.data_set or b"", context.transfer_syntax)
    association.abort()  # what came is good; the rest is not waited for


def read_entry(data: bytes, transfer_syntax: str) -> Order | Sentence:
    """One C-FIND response's identifier. Never raises."""
    if len(data) > ANSWER_BYTES_MAX:
        return unreadable()
    try:
        return order_of(ToldValues(split(data, transfer_syntax)))
    except NotAnOrder as error:
        return error.sentence
    except MalformedPdu:
        return unreadable()
