"""What compression did for an image on its way, and what an archive takes images in, in sentences.

Pure: rows of the index and what an archive said, made readable. It decides nothing: that does
`syntax_choice`.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from firmware.dicom.uids import EXPLICIT_VR_LITTLE_ENDIAN
from firmware.imaging.lossless import Codec
from firmware.syntax_choice import syntax_of
from hal.errors import Sentence
from hal.values import Uid

FRENCH_THOUSANDS = "\u202f"  # narrow no-break space
AS_STORED = Sentence(en="as stored", fr="sans recodage")
NAMES: dict[Uid, Sentence] = {
    EXPLICIT_VR_LITTLE_ENDIAN: AS_STORED,
    syntax_of(Codec.JPEG_LS): Sentence(en="JPEG-LS lossless", fr="en JPEG-LS sans perte"),
    syntax_of(Codec.HTJ2K): Sentence(en="HTJ2K lossless", fr="en HTJ2K sans perte"),
}
"""What this node's own images can go in (PS3.5 A.2, A.4.3, A.4.9), in the order to tell them."""
AND, OR = Sentence(", ", ", "), Sentence(" or ", " ou ")

WENT = Sentence(
    en="Sent, {how}: {sent} of {stored} bytes, {ratio} to 1.",
    fr="Envoyée {how} : {sent} octets sur {stored}, soit {ratio} pour 1.",
)
ONLY_AS_STORED = Sentence(
    en="Only as stored from now on: the archive did not take or keep the small file.",
    fr="Désormais seulement sans recodage : l'archive n'a pas accepté ou gardé le petit fichier.",
)
TAKES = Sentence(en="It takes films: {how}.", fr="Elle accepte les films {how}.")
TAKES_NONE = Sentence(
    en="It takes no films at all. Ask its administrator to accept the SOP class {sop_class} in "
    "Explicit VR Little Endian.",
    fr="Elle n'accepte aucun film. Demandez à son administrateur d'accepter la classe SOP "
    "{sop_class} en Explicit VR Little Endian.",
)
NOT_ASKED = Sentence(
    en="By DICOMweb it does not say what it takes before an image is sent.",
    fr="Par DICOMweb, elle ne dit pas ce qu'elle accepte avant qu'une image soit envoyée.",
)


@dataclass(frozen=True)
class Went:
    """How an image went over the line to one archive."""

    syntaxes: tuple[Uid, ...]
    """Empty: as it is stored. More than one were tried; which was accepted is not on record."""
    sent_bytes: int
    stored_bytes: int

    @property
    def ratio(self) -> float:
        """Stored to sent: how many times fewer bytes the line carried."""
        return self.stored_bytes / self.sent_bytes

    @property
    def how(self) -> Sentence:
        return _listed(self.syntaxes, OR) if self.syntaxes else AS_STORED

    @property
    def sentence(self) -> Sentence:
        sent, stored, ratio = f"{self.sent_bytes:,}", f"{self.stored_bytes:,}", f"{self.ratio:.1f}"
        return Sentence(
            en=WENT.en.format(how=self.how.en, sent=sent, stored=stored, ratio=ratio),
            fr=WENT.fr.format(
                how=self.how.fr,
                sent=sent.replace(",", FRENCH_THOUSANDS),
                stored=stored.replace(",", FRENCH_THOUSANDS),
                ratio=ratio.replace(".", ","),
            ),
        )


def went(outbox: dict[str, Any], stored_bytes: int) -> Went | None:
    """From a row of the outbox; None: nothing went, or what is there was not sent by us."""
    sent_bytes = int(outbox["sent_bytes"])
    if not sent_bytes:
        return None
    is_small = sent_bytes != stored_bytes
    tried = tuple(map(Uid, json.loads(outbox["sent_as"]))) if is_small else ()
    return Went(tried, sent_bytes, stored_bytes)


def line_of(outbox: dict[str, Any], stored_bytes: int) -> dict[str, Any]:
    """For `queue show`: the figures, and the sentences that say them."""
    gone = went(outbox, stored_bytes)
    sentences = [gone.sentence] if gone else []
    sentences += [ONLY_AS_STORED] if outbox["as_stored"] else []
    return {
        "sent": gone.how.en if gone else None,
        "transfer_syntax_uids": gone.syntaxes if gone else (),
        "sent_bytes": gone.sent_bytes if gone else None,
        "stored_bytes": stored_bytes,
        "ratio": round(gone.ratio, 2) if gone else None,
        "sentences": [{"en": each.en, "fr": each.fr} for each in sentences],
    }


def takes(sop_class: Uid, accepted: Collection[Uid]) -> Sentence:
    """`accepted`: of those in NAMES, what the archive takes this kind of film in."""
    known = [syntax for syntax in NAMES if syntax in accepted]
    if not known:
        return TAKES_NONE.fill(sop_class=sop_class)
    how = _listed(known, AND)
    return TAKES.fill(how=how)


def _listed(syntaxes: Iterable[Uid], between: Sentence) -> Sentence:
    names = [NAMES.get(syntax, Sentence(syntax, syntax)) for syntax in syntaxes]
    return Sentence(
        en=between.en.join(name.en for name in names),
        fr=between.fr.join(name.fr for name in names),
    )
