"""What a response's Status (0000,0900) means for the image: one table, no judgement elsewhere.

C-STORE: PS3.4 table B.2-1 over PS3.7 annex C. A status in no row is a refusal: nothing is
taken as stored that the archive did not say it stored.
"""

from dataclasses import dataclass

from hal.errors import PeerDuplicate, PeerError, PeerRefused, PeerRetryable, Sentence

SUCCESS = 0x0000
FULL = Sentence(
    en="The archive has no room or no resources left ({status}). Images are kept and will be sent "
    "later; call its administrator if this lasts.",
    fr="L'archive n'a plus de place ou de ressources ({status}). Les images sont gardées et "
    "partiront plus tard ; appelez son administrateur si cela dure.",
)
FAILED_INSIDE = Sentence(
    en="The archive failed while processing the request ({status}). It will be tried again; call "
    "its administrator if this lasts.",
    fr="L'archive a échoué pendant le traitement ({status}). Un nouvel essai suivra ; appelez son "
    "administrateur si cela dure.",
)
DOES_NOT_MATCH = Sentence(
    en="The archive refused the image: its content does not match its SOP class ({status}). Show "
    "this code to the archive's administrator.",
    fr="L'archive a refusé l'image : son contenu ne correspond pas à sa classe SOP ({status}). "
    "Donnez ce code à l'administrateur de l'archive.",
)
NOT_UNDERSTOOD = Sentence(
    en="The archive cannot understand the image ({status}). Show this code to the archive's "
    "administrator.",
    fr="L'archive ne comprend pas l'image ({status}). Donnez ce code à l'administrateur de "
    "l'archive.",
)
DUPLICATE = Sentence(
    en="The archive says that it already has an instance with this UID ({status}). Whether it is "
    "the same one is being found out.",
    fr="L'archive dit posséder déjà une instance avec cet UID ({status}). Le poste vérifie s'il "
    "s'agit bien de la même.",
)
CLASS_NOT_SUPPORTED = Sentence(
    en="The archive does not support this kind of image ({status}). Ask its administrator to "
    "accept it, or choose another SOP class in the configuration.",
    fr="L'archive ne prend pas en charge ce type d'image ({status}). Demandez à son administrateur "
    "de l'accepter, ou choisissez une autre classe SOP dans la configuration.",
)
NOT_AUTHORIZED = Sentence(
    en="The archive does not authorize this node to do that ({status}). Ask its administrator for "
    "the right.",
    fr="L'archive n'autorise pas ce poste à le faire ({status}). Demandez-en le droit à son "
    "administrateur.",
)
REFUSED = Sentence(
    en="The archive refused the request ({status}). Show this code to the archive's administrator.",
    fr="L'archive a refusé la demande ({status}). Donnez ce code à l'administrateur de l'archive.",
)


@dataclass(frozen=True)
class Row:
    first: int
    last: int
    error: type[PeerRetryable] | type[PeerRefused]
    sentence: Sentence


FAILURES = (
    # A7xx, 0213H and 0110H speak of the archive at this moment, not of the object: the same
    # object may pass later without anybody touching it. All other rows speak of the object,
    # the class or the right, and stay true until somebody changes something.
    Row(0xA700, 0xA7FF, PeerRetryable, FULL),
    Row(0x0213, 0x0213, PeerRetryable, FULL),
    Row(0x0110, 0x0110, PeerRetryable, FAILED_INSIDE),
    Row(0xA900, 0xA9FF, PeerRefused, DOES_NOT_MATCH),
    Row(0xC000, 0xCFFF, PeerRefused, NOT_UNDERSTOOD),
    Row(0x0111, 0x0111, PeerDuplicate, DUPLICATE),
    Row(0x0122, 0x0122, PeerRefused, CLASS_NOT_SUPPORTED),
    Row(0x0124, 0x0124, PeerRefused, NOT_AUTHORIZED),
)

STORE_WARNINGS = {
    0xB000: "coercion of data elements",
    0xB006: "elements discarded",
    0xB007: "data set does not match SOP class",
}
"""PS3.4 table B.2-1: the archive has stored it, and says that it changed or doubted something."""
WARNINGS = range(0xB000, 0xC000)
"""PS3.7 C.1: the whole class is a warning, whatever a vendor means by its own codes."""
OTHER_WARNING = "a warning of the archive's own"


def failure(status: int) -> PeerError:
    """The error for a status that is neither success nor a known warning."""
    row = next((row for row in FAILURES if row.first <= status <= row.last), None)
    sentence = (row.sentence if row else REFUSED).fill(status=f"{status:04X}H")
    if row and row.error is PeerRetryable:
        return PeerRetryable(sentence)
    refused = PeerDuplicate if row and row.error is PeerDuplicate else PeerRefused
    return refused(sentence, status)


def store_verdict(status: int) -> tuple[PeerError | None, str]:
    """The error of a C-STORE response, None when the archive has it; and its warning."""
    if status == SUCCESS:
        return None, ""
    if status in WARNINGS:
        return None, f"{status:04X}H {STORE_WARNINGS.get(status, OTHER_WARNING)}"
    return failure(status), ""
