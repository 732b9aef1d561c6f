"""Each state of the panel as a screen: its sentence says all, the rest is for larger displays."""

from dataclasses import replace

from firmware.panel_workflow import NO_SCAN_RUNS, Reason, State, Workflow, spoken_name, written_date
from hal.errors import Sentence
from hal.panel import Button, PatientShown, Screen
from hal.values import Order

NO_ORDERS = Sentence(
    en="No order for today. Press URGENT to scan without one.",
    fr="Aucune demande pour aujourd'hui. Appuyez sur URGENT pour numériser sans demande.",
)
SENTENCES = {
    State.CHOOSING: Sentence(
        en="{name}, born {birth_date}, {what}{done}. SCAN chooses this patient, NEXT goes on.",
        fr="{name}, né(e) le {birth_date}, {what}{done}. NUMÉRISER choisit ce patient, SUIVANT "
        "continue.",
    ),
    State.CONFIRMING: Sentence(
        en="Is this {name}, born {birth_date}, {what}{done}? SCAN: yes, scan. BACK: no.",
        fr="Est-ce {name}, né(e) le {birth_date}, {what}{done} ? NUMÉRISER : oui. RETOUR : non.",
    ),
    State.SCANNING: Sentence(
        en="Scanning: looking for the film ...", fr="Numérisation : recherche du film ..."
    ),
    State.LOOKING: Sentence(
        en="Image stored ({rows} rows){received}: {name}, born {birth_date}. Good: NEXT. Not good: "
        "REJECT. SCAN: next view. SEND: end.",
        fr="Image stockée ({rows} lignes){received} : {name}, né(e) le {birth_date}. Bonne : "
        "SUIVANT. Mauvaise : REJETER. NUMÉRISER : vue suivante. ENVOYER : fin.",
    ),
    State.REJECTING: Sentence(
        en="Reject the image of {name}: {reason}? REJECT: yes. NEXT: another reason. SEND: no.",
        fr="Rejeter l'image de {name} : {reason} ? REJETER : oui. SUIVANT : autre motif. "
        "ENVOYER : non.",
    ),
    State.IN_EXAMINATION: Sentence(
        en="Next view of {name}, born {birth_date}: SCAN. SEND ends the examination.",
        fr="Vue suivante de {name}, né(e) le {birth_date} : NUMÉRISER. ENVOYER termine l'examen.",
    ),
    State.STOPPED: Sentence(
        en="STOP: {name} was chosen, the code is {other}'s. Press BACK and choose again.",
        fr="STOP : {name} est choisi, le code est celui de {other}. Appuyez sur RETOUR et "
        "choisissez de nouveau.",
    ),
    State.DOUBTED: Sentence(
        en="STOP: this image is {name}'s, the code read was {other}'s. SEND: it is {name}. "
        "REJECT: wrong patient.",
        fr="STOP : cette image est celle de {name}, le code lu est celui de {other}. "
        "ENVOYER : c'est {name}. REJETER : mauvais patient.",
    ),
    State.SEEN_BEFORE: Sentence(
        en="STOP: this film was scanned at {before} under {other}; now as {name}'s. The image "
        "waits. SEND: it is {name}. REJECT: wrong patient.",
        fr="STOP : ce film a été numérisé à {before} sous {other} ; à présent sous {name}. L'image "
        "attend. ENVOYER : c'est {name}. REJETER : mauvais patient.",
    ),
}
SENTENCES[State.DOUBTED_SCAN] = SENTENCES[State.SCANNING]
RECEIVED = Sentence(en=", and received by the archive", fr=", et reçue par l'archive")
NOT_RECEIVED = Sentence(en="", fr="")
HEADINGS = {
    State.CHOOSING: Sentence(en="Orders", fr="Demandes"),
    State.CONFIRMING: Sentence(en="This patient?", fr="Ce patient ?"),
    State.SCANNING: Sentence(en="Scanning", fr="Numérisation"),
    State.DOUBTED_SCAN: Sentence(en="Scanning", fr="Numérisation"),
    State.LOOKING: Sentence(en="Look", fr="Contrôle"),
    State.REJECTING: Sentence(en="Reject", fr="Rejet"),
    State.IN_EXAMINATION: Sentence(en="Next view", fr="Vue suivante"),
    State.STOPPED: Sentence(en="STOP", fr="STOP"),
    State.DOUBTED: Sentence(en="STOP", fr="STOP"),
    State.SEEN_BEFORE: Sentence(en="STOP", fr="STOP"),
}
DONE = Sentence(en="Done today", fr="Fait ce jour")
DONE_BESIDE = Sentence(en=" (done today)", fr=" (fait ce jour)")
NOT_DONE = Sentence(en="", fr="")
ORDERS_OF = Sentence(en="Orders {age}", fr="Demandes {age}")
"""For the heading of an OLED of 128 pixels, with 12/12 beside it."""
REASON_WORDS = {
    Reason.POSITIONING: Sentence(en="positioning", fr="positionnement"),
    Reason.MOTION: Sentence(en="motion", fr="bougé"),
    Reason.DENSITY: Sentence(en="exposure or density", fr="exposition ou densité"),
    Reason.ARTEFACT: Sentence(en="artefact", fr="artéfact"),
    Reason.WRONG_VIEW: Sentence(en="wrong view", fr="mauvaise incidence"),
    Reason.WRONG_PATIENT: Sentence(en="wrong patient", fr="mauvais patient"),
    Reason.OTHER: Sentence(en="other", fr="autre"),
}
NO_REASON = Sentence(en="reason unknown", fr="motif inconnu")
_CHOOSE = Sentence(en="choose", fr="choisir")
_SCAN = Sentence(en="scan", fr="numériser")
_NEXT = Sentence(en="next", fr="suivant")
_BEFORE = Sentence(en="before", fr="précédent")
_LEAVE = Sentence(en="leave", fr="quitter")
_NEXT_VIEW = Sentence(en="next view", fr="vue suivante")
_GOOD = Sentence(en="good", fr="bonne")
_REJECT = Sentence(en="reject", fr="rejeter")
_STOP_SCAN = Sentence(en="stop", fr="arrêter")
_END = Sentence(en="end", fr="terminer")
_CHOOSE_AGAIN = Sentence(en="choose again", fr="rechoisir")
_ITS_THEIRS = Sentence(en="right patient", fr="bon patient")
_WRONG = Sentence(en="wrong patient", fr="mauvais patient")
_GO_ON = Sentence(en="go on", fr="continuer")
_B = Button
KEYS: dict[State, tuple[tuple[Button, Sentence], ...]] = {
    State.CHOOSING: ((_B.SCAN, _CHOOSE), (_B.NEXT, _NEXT), (_B.BACK, _BEFORE)),
    State.CONFIRMING: ((_B.SCAN, _SCAN), (_B.BACK, _LEAVE)),
    State.SCANNING: ((_B.REJECT, _STOP_SCAN),),
    State.DOUBTED_SCAN: ((_B.REJECT, _STOP_SCAN),),
    State.LOOKING: (
        (_B.NEXT, _GOOD),
        (_B.REJECT, _REJECT),
        (_B.SCAN, _NEXT_VIEW),
        (_B.SEND, _END),
    ),
    State.REJECTING: ((_B.REJECT, _REJECT), (_B.NEXT, _NEXT), (_B.SEND, _LEAVE)),
    State.IN_EXAMINATION: ((_B.SCAN, _SCAN), (_B.SEND, _END), (_B.BACK, _LEAVE)),
    State.STOPPED: ((_B.BACK, _CHOOSE_AGAIN),),
    State.DOUBTED: ((_B.SEND, _ITS_THEIRS), (_B.REJECT, _WRONG)),
    State.SEEN_BEFORE: ((_B.SEND, _ITS_THEIRS), (_B.REJECT, _WRONG)),
}

STOPS = frozenset({State.STOPPED, State.DOUBTED, State.SEEN_BEFORE})


def screen_of(workflow: Workflow, *, received: bool = False) -> Screen:
    """As the display shows this state before a press means anything in it."""
    state, order = workflow.state, workflow.subject
    if order is None:
        return Screen(NO_ORDERS, heading=_heading(workflow, None))
    place = (workflow.position + 1, len(workflow.orders)) if workflow.urgent is None else None
    return Screen(
        message=_sentence(workflow, order, RECEIVED if received else NOT_RECEIVED),
        heading=_heading(workflow, order),
        patient=shown_patient(order),
        examination=_what(order),
        place=place if workflow.orders else None,
        keys=KEYS[state],
        stops=state in STOPS,
    )


def with_message(workflow: Workflow, message: Sentence, progress: float | None) -> Screen:
    """Something else to say. The patient stays where the message cannot be taken for theirs, and
    a press that would decide about them only takes the message away."""
    screen = screen_of(workflow)
    if workflow.state not in NO_SCAN_RUNS:
        return replace(screen, message=message, progress=progress)
    keys = tuple(
        (button, _GO_ON if workflow.decides(button) else does) for button, does in screen.keys
    )
    return replace(screen, message=message, progress=progress, patient=None, keys=keys)


def _heading(workflow: Workflow, order: Order | None) -> Sentence:
    """Where there are orders to choose from, their age comes first: one may be called off."""
    if workflow.state is not State.CHOOSING:
        return HEADINGS[workflow.state]
    if workflow.age is not None:
        return ORDERS_OF.fill(age=workflow.age)
    return DONE if order in workflow.done else HEADINGS[State.CHOOSING]


def shown_patient(order: Order) -> PatientShown:
    patient = order.patient
    return PatientShown(
        spoken_name(patient.name),
        written_date(patient.birth_date),
        patient.sex,
        patient.patient_id,
    )


def _sentence(workflow: Workflow, order: Order, received: Sentence) -> Sentence:
    return SENTENCES[workflow.state].fill(
        name=_name(workflow, order),
        birth_date=written_date(order.patient.birth_date),
        what=_what(order) + (f" (1/{workflow.matches})" if workflow.matches > 1 else ""),
        rows=workflow.rows,
        other=workflow.other,
        before=workflow.before,
        done=DONE_BESIDE if order in workflow.done else NOT_DONE,
        reason=REASON_WORDS[workflow.reason],
        received=received,
    )


def reason_words(reason: str) -> Sentence:
    """Of a rejection, as the index has it."""
    known = {one.value: words for one, words in REASON_WORDS.items()}
    return known.get(reason, NO_REASON)


def _name(workflow: Workflow, order: Order) -> str:
    """With the number where another one on the list has the same name and birth date."""
    name, born = spoken_name(order.patient.name), order.patient.birth_date
    numbers = {
        one.patient.patient_id
        for one in workflow.orders
        if (spoken_name(one.patient.name), one.patient.birth_date) == (name, born)
    }
    return f"{name} ({order.patient.patient_id})" if len(numbers) > 1 else name


def _what(order: Order) -> str:
    return order.requested_procedure_description or order.body_part_examined
