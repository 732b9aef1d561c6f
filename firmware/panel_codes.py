"""Whose a barcode is: an order of the worklist by its own numbers, or by its patient's."""

from hal.values import Order


def is_of(code: str, order: Order) -> bool:
    """Accession number, requested procedure, patient, INS or another number of the patient."""
    known = {order.accession_number, order.requested_procedure_id, order.patient.patient_id}
    known |= {other.patient_id for other in order.patient.other_ids}
    return _plain(code) in {_plain(number) for number in known if number.strip()}


def orders_of(code: str, orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """None of them where the number is several patients': two registries can give the same."""
    found = tuple(order for order in orders if is_of(code, order))
    return found if len({order.patient for order in found}) == 1 else ()


def someone_else(code: str, chosen: Order, orders: tuple[Order, ...]) -> Order | None:
    """An order of another person that the code is of as well: it says nothing of who is there."""
    person = (chosen.patient.name, chosen.patient.birth_date)
    others = (one for one in orders if (one.patient.name, one.patient.birth_date) != person)
    return next((one for one in others if is_of(code, one)), None)


def _plain(code: str) -> str:
    return "".join(code.split()).casefold()
