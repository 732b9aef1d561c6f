"""What the panel says of what happened: one sentence for each, in both languages."""

from hal.errors import Sentence

FOUND = Sentence(
    en="Film {film_size}found, {columns} x {rows} at {resolution_dpi} dpi ...",
    fr="Film {film_size}trouvé, {columns} x {rows} à {resolution_dpi} ppp ...",
)
REACHES_EDGE = Sentence(
    en="The film reaches the edge of the scan area: check that nothing is missing.",
    fr="Le film atteint le bord de la zone de numérisation : vérifiez que rien ne manque.",
)
CUT_SHORT = Sentence(
    en="A scan was cut short by the last stop: its film was not stored. Scan it again.",
    fr="L'arrêt a interrompu une numérisation : ce film n'a pas été stocké. "
    "Numérisez-le de nouveau.",
)
FILES_MISSING = Sentence(
    en="Stored images missing from the disks: {count}. Call your support before scanning.",
    fr="Images stockées qui manquent sur les disques : {count}. Appelez l'assistance avant de "
    "numériser.",
)
OTHER_SCANNER = Sentence(
    en="The density calibration is another scanner's: this image is not calibrated. "
    "Have the scanner calibrated.",
    fr="L'étalonnage de densité est celui d'un autre scanner : cette image n'est pas étalonnée. "
    "Faites étalonner le scanner.",
)
DAMAGED = Sentence(
    en="A stored image is damaged ({uid}). It is kept aside, and no archive has it for sure: "
    "scan the film again if it is still there, and call your support.",
    fr="Une image stockée est abîmée ({uid}). Elle est mise de côté, et aucune archive ne la "
    "garantit : si le film est encore là, numérisez-le de nouveau, et appelez l'assistance.",
)
COMES_BACK = Sentence(
    en="A stored image is damaged ({uid}). It is being fetched back from the archive.",
    fr="Une image stockée est abîmée ({uid}). Elle est en cours de récupération depuis l'archive.",
)
RESTORED = Sentence(
    en="Image {uid} was restored from the archive.",
    fr="L'image {uid} a été restaurée depuis l'archive.",
)
RESTORED_BUT = Sentence(
    en="Image {uid} was restored from the archive; damaged or missing still: {count}.",
    fr="L'image {uid} a été restaurée depuis l'archive ; encore abîmées ou manquantes : {count}.",
)
NOT_RESTORED = Sentence(
    en="Image {uid} cannot be restored: {why}",
    fr="L'image {uid} ne peut pas être restaurée : {why}",
)
SPACE_LOW = Sentence(
    en="Only {free_mib} MiB are free, and nothing stored may be removed yet. "
    "Call your support soon.",
    fr="Il ne reste que {free_mib} Mio, et rien de stocké ne peut encore être retiré. "
    "Appelez bientôt l'assistance.",
)
RECOVERED = Sentence(
    en="Images found whole after the last stop, and taken up again: {count}.",
    fr="Images retrouvées entières après l'arrêt, et reprises : {count}.",
)
PUT_OFF = Sentence(
    en="The disk is full: images found whole after the last stop wait to be taken up again: "
    "{count}. Nothing is lost. Free space.",
    fr="Le disque est plein : images retrouvées entières après l'arrêt, en attente de reprise : "
    "{count}. Rien n'est perdu. Libérez de la place.",
)
CROOKED = Sentence(
    en="The film lies crooked ({tilt_deg:.0f} degrees). REJECT stops the scan, to lay it straight.",
    fr="Le film est posé de travers ({tilt_deg:.0f} degrés). REJETER arrête la numérisation, "
    "pour le redresser.",
)
REJECTED = Sentence(
    en="Image rejected. It is put aside and is not sent.",
    fr="Image rejetée. Elle est mise de côté et n'est pas envoyée.",
)
REJECTED_ON_ITS_WAY = Sentence(
    en="Image rejected while it was being sent. Whether it got there is said here in a moment.",
    fr="Image rejetée pendant son envoi. Il sera dit ici dans un instant si elle est arrivée.",
)
REJECTED_PERHAPS_LATE = Sentence(
    en="Image rejected; it is not sent again. An attempt before may have got there: tell whoever "
    "reads it.",
    fr="Image rejetée ; elle n'est plus envoyée. Un essai d'avant a pu aboutir : prévenez qui "
    "l'interprète.",
)
REJECTED_TOO_LATE = Sentence(
    en="Image rejected, but it had already been sent: tell whoever reads it. It stays on record.",
    fr="Image rejetée, mais elle était déjà partie : prévenez qui l'interprète. Le rejet est noté.",
)
SENT_WITH_WARNING = Sentence(
    en="Image received by the archive, with a warning: show it to your support.",
    fr="Image reçue par l'archive, avec un avertissement : signalez-le à l'assistance.",
)
FELL_BACK = Sentence(
    en="The archive {destination} has been away for long: the image goes to {fallback} as well.",
    fr="L'archive {destination} est injoignable depuis longtemps : l'image part aussi vers "
    "{fallback}.",
)
