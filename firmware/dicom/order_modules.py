"""What an order says, as attributes: patient, study, request (PS3.3 C.7.1.1, C.7.2.1, 10.6).

The same for film and for plates. An urgent film without a patient gets empty values: they are
type 2, and filling them in is a person's doing, later, with a trace.
"""

from collections.abc import Iterable

from pydicom.dataset import Dataset

from firmware.dicom import codes, values
from hal.errors import Sentence
from hal.values import Issuer, Order, OtherPatientId, Patient, SopReference

PATIENT_ID = Sentence("patient ID", "identifiant du patient")
OTHER_ID = Sentence("other patient ID", "autre identifiant du patient")
ACCESSION_NUMBER = Sentence("accession number", "numéro de demande")
PROCEDURE_ID = Sentence("requested procedure ID", "identifiant de l'examen demandé")
STEP_ID = Sentence("scheduled procedure step ID", "identifiant de l'étape programmée")

SEXES = frozenset({"M", "F", "O"})

UNPAIRED_BODY_PARTS = frozenset(
    {
        *("ABDOMEN", "ABDOMENPELVIS", "BLADDER", "CHEST", "CHESTABDOMEN", "CHESTABDPELVIS"),
        *("COCCYX", "CSPINE", "CTSPINE", "ESOPHAGUS", "FACE", "HEAD", "HEADNECK", "HEART"),
        *("LARYNX", "LIVER", "LSPINE", "LSSPINE", "MANDIBLE", "MAXILLA", "MEDIASTINUM", "NECK"),
        *("NOSE", "PELVIS", "SACRUM", "SKULL", "SPINE", "SSPINE", "STERNUM", "STOMACH"),
        *("TLSPINE", "TRACHEA", "TSPINE", "UTERUS", "WHOLEBODY"),
    }
)
"""Of PS3.16 annex L; where the other parts have two sides, which one must be said or left open."""


def add_patient(dataset: Dataset, patient: Patient) -> None:
    dataset.PatientName = values.person_name(patient.name)
    dataset.PatientID = values.identifier(patient.patient_id, PATIENT_ID)
    dataset.PatientBirthDate = values.date(patient.birth_date)
    sex = values.code_string(patient.sex)
    dataset.PatientSex = sex if sex in SEXES else ""
    _add_issuer(dataset, patient.issuer)
    if patient.other_ids:
        dataset.OtherPatientIDsSequence = [_other_id(other) for other in patient.other_ids]


def _add_issuer(dataset: Dataset, issuer: Issuer) -> None:
    """Issuer of Patient ID and its qualifiers (PS3.3 10.14)."""
    local = values.text(issuer.local)
    if local:
        dataset.IssuerOfPatientID = local
    if issuer.universal:
        qualifiers = Dataset()
        qualifiers.UniversalEntityID = values.text(issuer.universal)
        qualifiers.UniversalEntityIDType = values.code_string(issuer.universal_type) or "ISO"
        dataset.IssuerOfPatientIDQualifiersSequence = [qualifiers]


def _other_id(other: OtherPatientId) -> Dataset:
    item = Dataset()
    item.PatientID = values.identifier(other.patient_id, OTHER_ID)
    item.TypeOfPatientID = values.code_string(other.type_of_patient_id) or "TEXT"
    _add_issuer(item, other.issuer)
    return item


def add_study(dataset: Dataset, order: Order) -> None:
    dataset.AccessionNumber = accession_number(order)
    dataset.ReferringPhysicianName = values.person_name(order.referring_physician_name)
    dataset.StudyID = requested_procedure_id(order)
    add_accession_issuer(dataset, order.accession_issuer)
    description = values.text(order.requested_procedure_description)
    if description:
        dataset.StudyDescription = description
    if order.referenced_studies:
        dataset.ReferencedStudySequence = references(order.referenced_studies)
    if procedure := codes.items(order.requested_procedure_codes):
        dataset.ProcedureCodeSequence = procedure  # done as requested, as far as the node knows
    if admission_id := values.text(order.admission_id):
        dataset.AdmissionID = admission_id


def add_accession_issuer(dataset: Dataset, issuer: Issuer) -> None:
    """HL7v2 Hierarchic Designator (PS3.3 table 10-17): a local name, a universal one, or both."""
    item = Dataset()
    if local := values.text(issuer.local):
        item.LocalNamespaceEntityID = local
    if issuer.universal:
        item.UniversalEntityID = values.text(issuer.universal)
        item.UniversalEntityIDType = values.code_string(issuer.universal_type) or "ISO"
    if item:
        dataset.IssuerOfAccessionNumberSequence = [item]


def references(of: Iterable[SopReference]) -> list[Dataset]:
    """Items of a Referenced ... Sequence (PS3.3 table 10-11)."""
    items = []
    for reference in of:
        item = Dataset()
        item.ReferencedSOPClassUID = reference.sop_class_uid
        item.ReferencedSOPInstanceUID = reference.sop_instance_uid
        items.append(item)
    return items


def add_request(dataset: Dataset, order: Order) -> None:
    """Request Attributes Sequence, when the order was a scheduled one."""
    procedure, step = requested_procedure_id(order), scheduled_step_id(order)
    if not procedure or not step:
        return  # each is 1C, "required if procedure was scheduled": half a reference is none
    item = Dataset()
    item.AccessionNumber = accession_number(order)
    add_accession_issuer(item, order.accession_issuer)
    item.RequestedProcedureID = procedure
    item.RequestedProcedureDescription = values.text(order.requested_procedure_description)
    item.ScheduledProcedureStepID = step
    item.ScheduledProcedureStepDescription = values.text(order.scheduled_procedure_step_description)
    if order.referenced_studies:
        item.ReferencedStudySequence = references(order.referenced_studies)
    if requested := codes.items(order.requested_procedure_codes):
        item.RequestedProcedureCodeSequence = requested
    if protocol := codes.items(order.scheduled_protocol_codes):
        item.ScheduledProtocolCodeSequence = protocol
    dataset.RequestAttributesSequence = [item]


def add_body_part(dataset: Dataset, order: Order) -> None:
    """Body Part Examined, and Laterality (0020,0060), 2C: empty for a paired part whose side the
    order leaves open, absent where there is no side to say."""
    body_part = values.code_string(order.body_part_examined)
    if body_part:
        dataset.BodyPartExamined = body_part
    laterality = values.code_string(order.laterality)
    if laterality in ("L", "R"):  # enumerated; both sides on one film have no term here
        dataset.Laterality = laterality
    elif body_part not in UNPAIRED_BODY_PARTS:
        dataset.Laterality = ""
    view = values.code_string(order.view_position)
    if view:  # a Standard Extended attribute in secondary capture: hanging protocols go by it
        dataset.ViewPosition = view


def accession_number(order: Order) -> str:
    return values.identifier(order.accession_number, ACCESSION_NUMBER, values.SHORT_STRING_MAX)


def requested_procedure_id(order: Order) -> str:
    return values.identifier(order.requested_procedure_id, PROCEDURE_ID, values.SHORT_STRING_MAX)


def scheduled_step_id(order: Order) -> str:
    return values.identifier(order.scheduled_procedure_step_id, STEP_ID, values.SHORT_STRING_MAX)
