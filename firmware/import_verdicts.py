"""What can become of a file that a person brings, each in a sentence."""

from dataclasses import dataclass
from enum import Enum

from hal.errors import Sentence
from hal.values import Uid

NO_UID = Uid("")


class Verdict(Enum):
    IMPORTED = "imported"
    ALREADY_THERE = "already there"
    MEDIA_DIRECTORY = "media directory"
    NOT_READ = "not read"
    NOT_DICOM = "not DICOM"
    UIDS_MISSING = "UIDs missing"
    NO_IMAGE = "no image"
    CUT_SHORT = "cut short"
    REJECTED_BEFORE = "rejected before"
    CORRECTED_BEFORE = "corrected before"
    OTHER_CONTENT = "other content"
    OTHER_PATIENT = "other patient"
    NO_ROOM = "no room"
    DAMAGED = "damaged on the way"


GOOD = {Verdict.IMPORTED, Verdict.ALREADY_THERE, Verdict.MEDIA_DIRECTORY}

SAID = {
    Verdict.IMPORTED: Sentence(
        en="Stored, and queued for {where}.", fr="Stockée, et en file pour {where}."
    ),
    Verdict.ALREADY_THERE: Sentence(
        en="Already in the store, bit for bit; queued for {where}.",
        fr="Déjà dans le stockage, identique bit pour bit ; en file pour {where}.",
    ),
    Verdict.MEDIA_DIRECTORY: Sentence(
        en="The medium's table of contents (DICOMDIR): its images are taken one by one.",
        fr="La table des matières du support (DICOMDIR) : ses images sont prises une à une.",
    ),
    Verdict.NOT_READ: Sentence(
        en="It could not be read ({reason}). Clean or copy the medium and try again.",
        fr="Lecture impossible ({reason}). Nettoyez ou copiez le support, puis réessayez.",
    ),
    Verdict.NOT_DICOM: Sentence(
        en="It is no DICOM file ({reason}).", fr="Ce n'est pas un fichier DICOM ({reason})."
    ),
    Verdict.UIDS_MISSING: Sentence(
        en="It does not say which image it is ({reason}). Export it again where it comes from.",
        fr="Il ne dit pas de quelle image il s'agit ({reason}). Exportez-le de nouveau.",
    ),
    Verdict.NO_IMAGE: Sentence(
        en="It has no pixels: it is no image. Only images are imported.",
        fr="Il n'a pas de pixels : ce n'est pas une image. Seules les images sont importées.",
    ),
    Verdict.CUT_SHORT: Sentence(
        en="It ends in the middle of the image. Export it again where it comes from.",
        fr="Il s'arrête au milieu de l'image. Exportez-le de nouveau.",
    ),
    Verdict.REJECTED_BEFORE: Sentence(
        en="It was rejected here on {day} ({reason}) and goes nowhere. To have it anyway, scan its "
        "film again, or have it exported under a new UID.",
        fr="Elle a été rejetée ici le {day} ({reason}) et ne part nulle part. Pour l'avoir malgré "
        "tout, numérisez le film de nouveau, ou faites-la exporter sous un nouvel UID.",
    ),
    Verdict.CORRECTED_BEFORE: Sentence(
        en="It was corrected here on {day}: image {successor} has its place. Nothing was imported.",
        fr="Elle a été corrigée ici le {day} : l'image {successor} a pris sa place. Rien n'a été "
        "importé.",
    ),
    Verdict.OTHER_CONTENT: Sentence(
        en="Another image with the same UID ({uid}) is in the store. Nothing was replaced: have "
        "the two compared.",
        fr="Une autre image avec le même UID ({uid}) est dans le stockage. Rien n'a été remplacé : "
        "faites comparer les deux.",
    ),
    Verdict.OTHER_PATIENT: Sentence(
        en="Its study is in the store under another patient. Nothing was imported: have the two "
        "compared.",
        fr="Son examen est dans le stockage sous un autre patient. Rien n'a été importé : faites "
        "comparer les deux.",
    ),
    Verdict.NO_ROOM: Sentence(
        en="Not enough room: {needed_mib} MiB needed, {free_mib} MiB free ({reserve_mib} MiB are "
        "kept free). Free space first.",
        fr="Pas assez de place : {needed_mib} Mio nécessaires, {free_mib} Mio libres "
        "({reserve_mib} Mio restent réservés). Libérez d'abord de la place.",
    ),
    Verdict.DAMAGED: Sentence(
        en="It arrived damaged in the store. Try again; if it happens again, have the disks "
        "checked.",
        fr="Il est arrivé abîmé dans le stockage. Réessayez ; si cela se reproduit, faites "
        "vérifier les disques.",
    ),
}


@dataclass(frozen=True)
class Judged:
    verdict: Verdict
    sentence: Sentence
    uid: Uid = NO_UID

    @property
    def is_good(self) -> bool:
        return self.verdict in GOOD


def judged(verdict: Verdict, image: Uid = NO_UID, **values: object) -> Judged:
    return Judged(verdict, SAID[verdict].fill(**values), image)
