"""What an HTTP status and a DICOMweb answer mean for the image: one table.

HTTP speaks of the request. Only 400, 409, 413 and 415 can be about this very image; all others
are about the service, the right, or the moment, and then nothing is held against the image.
"""

from dataclasses import dataclass
from enum import Enum

from drivers.dicom_status import FAILED_INSIDE, FULL, NOT_AUTHORIZED
from hal.errors import PeerError, PeerRefused, PeerRetryable, Sentence


class About(Enum):
    MOMENT = "moment"
    IMAGE = "image"
    SERVICE = "service"


CREDENTIALS = Sentence(
    en="The archive does not accept this node's credentials ({status}). Ask its administrator for "
    "new ones.",
    fr="L'archive n'accepte pas les identifiants de ce poste ({status}). Demandez-en de nouveaux à "
    "son administrateur.",
)
NO_SERVICE_THERE = Sentence(
    en="There is no DICOMweb service of this kind at that address ({status}). Correct the URL, or "
    "ask the archive's administrator.",
    fr="Il n'y a pas de service DICOMweb de ce type à cette adresse ({status}). Corrigez l'URL, ou "
    "adressez-vous à l'administrateur de l'archive.",
)
ELSEWHERE = Sentence(
    en="The archive points to another address ({status}). Ask its administrator for the right URL: "
    "images are not sent to where an answer points.",
    fr="L'archive renvoie à une autre adresse ({status}). Demandez la bonne URL à son "
    "administrateur : les images ne suivent pas une redirection.",
)
BUSY = Sentence(
    en="The archive cannot take images now ({status}). They are kept and will be sent later.",
    fr="L'archive ne peut pas recevoir d'images pour l'instant ({status}). Elles sont gardées et "
    "partiront plus tard.",
)
NOT_UNDERSTOOD = Sentence(
    en="The archive cannot understand the image ({status}). Show this code to its administrator.",
    fr="L'archive ne comprend pas l'image ({status}). Donnez ce code à son administrateur.",
)
CONFLICT = Sentence(
    en="The archive refused the image and did not say why ({status}). Show this code to its "
    "administrator.",
    fr="L'archive a refusé l'image sans dire pourquoi ({status}). Donnez ce code à son "
    "administrateur.",
)
TOO_LARGE = Sentence(
    en="The image is larger than the archive accepts ({status}). Ask its administrator to raise "
    "the limit.",
    fr="L'image est plus grande que ce que l'archive accepte ({status}). Demandez à son "
    "administrateur de relever la limite.",
)
NOT_THIS_KIND = Sentence(
    en="The archive does not accept this kind of image or encoding ({status}). Ask its "
    "administrator to accept it, or choose another in the configuration.",
    fr="L'archive n'accepte pas ce type d'image ou de codage ({status}). Demandez à son "
    "administrateur de l'accepter, ou choisissez-en un autre dans la configuration.",
)
REFUSED = Sentence(
    en="The archive refused the request ({status}). Show this code to its administrator.",
    fr="L'archive a refusé la demande ({status}). Donnez ce code à son administrateur.",
)
TABLE: dict[int, tuple[About, Sentence]] = {
    400: (About.IMAGE, NOT_UNDERSTOOD),
    401: (About.SERVICE, CREDENTIALS),
    403: (About.SERVICE, NOT_AUTHORIZED),
    404: (About.SERVICE, NO_SERVICE_THERE),
    405: (About.SERVICE, NO_SERVICE_THERE),
    406: (About.SERVICE, NO_SERVICE_THERE),
    407: (About.SERVICE, CREDENTIALS),
    408: (About.MOMENT, BUSY),
    409: (About.IMAGE, CONFLICT),
    410: (About.SERVICE, NO_SERVICE_THERE),
    413: (About.IMAGE, TOO_LARGE),
    415: (About.IMAGE, NOT_THIS_KIND),
    425: (About.MOMENT, BUSY),
    429: (About.MOMENT, BUSY),
    500: (About.MOMENT, FAILED_INSIDE),
    501: (About.SERVICE, NO_SERVICE_THERE),
    502: (About.MOMENT, BUSY),
    503: (About.MOMENT, BUSY),
    504: (About.MOMENT, BUSY),
    507: (About.MOMENT, FULL),
}
"""PS3.18 table 10.5.3-1 and RFC 9110 15; 507 is RFC 4918's."""
ANSWERED = (200, 202, 409)
"""A Store Instances Response may come with these (PS3.18 10.5.3.1): what it says counts."""


@dataclass(frozen=True)
class Verdict:
    about: About
    error: PeerError


def http_failure(status: int) -> Verdict:
    """Of any status that is not an answer to the request itself."""
    about, sentence = TABLE.get(status, _other(status))
    filled = sentence.fill(status=f"HTTP {status}")
    if about is About.MOMENT:
        return Verdict(about, PeerRetryable(filled))
    return Verdict(about, PeerRefused(filled, status))


def _other(status: int) -> tuple[About, Sentence]:
    if 300 <= status < 400:
        return About.SERVICE, ELSEWHERE
    if 500 <= status < 600:
        return About.MOMENT, FAILED_INSIDE
    return About.SERVICE, REFUSED
