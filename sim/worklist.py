"""Invented orders of invented patients, for the demo and the simulator."""

from hal.errors import PeerRetryable, Sentence
from hal.values import Issuer, Order, OtherPatientId, Patient

_IPP = Issuer(local="CH SOMAIN", universal="1.2.250.1.999.1", universal_type="ISO")
_INS_DEMO = Issuer(local="INS", universal="1.2.250.1.213.1.4.11", universal_type="ISO")
"""The OID of INS demonstration identities; never one of a real person."""


def demo_patient(patient_id: str, name: str, birth_date: str, sex: str, ins: str) -> Patient:
    """`ins`: 13 digits and their key."""
    other = (OtherPatientId(ins, _INS_DEMO),)
    return Patient(patient_id, name, birth_date, sex, _IPP, other)


ORDERS = (
    Order(
        patient=demo_patient("D100042", "EXEMPLE^Éléonore", "19620314", "F", "262035962123424"),
        accession_number="D2026-0117",
        requested_procedure_id="RP117",
        requested_procedure_description="Mammographie de dépistage (film)",
        scheduled_procedure_step_id="SPS117",
        scheduled_procedure_step_description="Numérisation d'un film",
        referring_physician_name="FICTIF^Benoît^^Dr",
        body_part_examined="BREAST",
        modality="MG",
    ),
    Order(
        patient=demo_patient("D100043", "MODÈLE^François", "19481102", "M", "148115962123415"),
        accession_number="D2026-0118",
        requested_procedure_id="RP118",
        requested_procedure_description="Thorax de face",
        scheduled_procedure_step_id="SPS118",
        scheduled_procedure_step_description="Numérisation d'un film",
        referring_physician_name="FICTIF^Zoé^^Dr",
        body_part_examined="CHEST",
        view_position="PA",
    ),
    Order(
        patient=demo_patient("D100044", "SPÉCIMEN^Noëlle", "20110624", "F", "211065962123449"),
        accession_number="D2026-0119",
        requested_procedure_id="RP119",
        requested_procedure_description="Poignet gauche",
        scheduled_procedure_step_id="SPS119",
        scheduled_procedure_step_description="Numérisation d'un film",
        referring_physician_name="FICTIF^Benoît^^Dr",
        body_part_examined="WRIST",
        laterality="L",
    ),
)


AWAY = Sentence(
    en="The RIS does not answer (simulated). Its orders are those of the last reading.",
    fr="Le RIS ne répond pas (simulation). Les demandes sont celles de la dernière lecture.",
)


class SimulatedWorklist:
    def __init__(self, orders: tuple[Order, ...] = ORDERS) -> None:
        self._orders = orders
        self.away = False

    def orders(self) -> tuple[Order, ...]:
        if self.away:
            raise PeerRetryable(AWAY)
        return self._orders
