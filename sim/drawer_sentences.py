"""Every text of the drawer, in English and French."""

from hal.errors import Sentence
from sim.drawer_faults import Fault
from sim.played_reader import Holding

SWITCHES = {
    Fault.COVER_OPEN: Sentence("Cover open", "Capot ouvert"),
    Fault.JAM: Sentence("Carriage jammed", "Chariot bloqué"),
    Fault.JAM_HALFWAY: Sentence("Jams during the scan", "Se bloque pendant le scan"),
    Fault.LAMP_COLD: Sentence("Lamp cold", "Lampe froide"),
    Fault.UNPLUGGED: Sentence("Unplugged", "Débranché"),
    Fault.CASSETTE_JAM: Sentence("Cassette jammed", "Cassette coincée"),
    Fault.CASSETTE_LABEL: Sentence("Barcode unreadable", "Code-barres illisible"),
    Fault.READER_LASER: Sentence("Laser dark", "Laser éteint"),
    Fault.READER_LAMP: Sentence("Lamp does not erase", "La lampe n'efface pas"),
    Fault.READER_UNPLUGGED: Sentence("Unplugged", "Débranché"),
    Fault.READER_CUT: Sentence("Unplugged while reading", "Débranché en lisant"),
    Fault.ARCHIVE_AWAY: Sentence("Away", "Absente"),
    Fault.ARCHIVE_REFUSES: Sentence("Refuses images", "Refuse les images"),
    Fault.ARCHIVE_SLOW: Sentence("Slow", "Lente"),
    Fault.RIS_AWAY: Sentence("Away", "Absent"),
    Fault.RIS_SLOW: Sentence("Slow", "Lent"),
    Fault.RIS_CHARACTER_SET: Sentence("Wrong character set", "Mauvais jeu de caractères"),
    Fault.DISK_DEAD: Sentence("One disk dead", "Un disque en panne"),
    Fault.DISK_FULL: Sentence("Disk full", "Disque plein"),
}
GROUPS = (
    (
        Sentence("Scanner", "Numériseur"),
        (Fault.COVER_OPEN, Fault.JAM, Fault.JAM_HALFWAY, Fault.LAMP_COLD, Fault.UNPLUGGED),
    ),
    (
        Sentence("Cassette reader", "Lecteur de cassettes"),
        (
            Fault.CASSETTE_JAM,
            Fault.CASSETTE_LABEL,
            Fault.READER_LASER,
            Fault.READER_LAMP,
            Fault.READER_UNPLUGGED,
            Fault.READER_CUT,
        ),
    ),
    (
        Sentence("Archive", "Archive"),
        (Fault.ARCHIVE_AWAY, Fault.ARCHIVE_REFUSES, Fault.ARCHIVE_SLOW),
    ),
    (
        Sentence("RIS (orders)", "RIS (demandes)"),
        (Fault.RIS_AWAY, Fault.RIS_SLOW, Fault.RIS_CHARACTER_SET),
    ),
    (Sentence("Disks", "Disques"), (Fault.DISK_DEAD, Fault.DISK_FULL)),
)
TEXTS = {
    "drawer": Sentence("Simulator", "Simulateur"),
    "on_the_glass": Sentence("On the glass:", "Sur la vitre :"),
    "laid_first": Sentence("a film without an order", "un film sans demande"),
    "nothing_laid": Sentence("nothing", "rien"),
    "laid": Sentence(
        "{name}, {what}, film {number} of {count}", "{name}, {what}, film {number} sur {count}"
    ),
    "envelope": Sentence("Envelope", "Pochette"),
    "lay": Sentence("Lay its film", "Poser son film"),
    "lift": Sentence("Take away", "Retirer"),
    "lift_film": Sentence("Take away the film", "Retirer le film"),
    "in_the_reader": Sentence("In the reader:", "Dans le lecteur :"),
    "cassette": Sentence("Cassette", "Cassette"),
    "put_in": Sentence("Put it in", "Insérer"),
    "take_out": Sentence("Take out", "Retirer"),
    "take_out_cassette": Sentence("Take out the cassette", "Retirer la cassette"),
    "code": Sentence("Wristband or order number", "Bracelet ou n° de demande"),
    "read": Sentence("Read", "Lire"),
    "faults": Sentence("Faults:", "Pannes :"),
    "on": Sentence("on", "active"),
    "off": Sentence("off", "inactive"),
    "told": Sentence("What the RIS was told (MPPS)", "Ce que sait le RIS (MPPS)"),
    "nothing_told": Sentence("Nothing yet", "Rien encore"),
    "failed": Sentence(
        "The simulator did not answer. Load the page again.",
        "Le simulateur n'a pas répondu. Rechargez la page.",
    ),
}
HOLDS = {
    Holding.NOTHING: Sentence("nothing", "rien"),
    Holding.CASSETTE: Sentence(
        "cassette {plate}, {name}, {what}", "cassette {plate}, {name}, {what}"
    ),
    Holding.IMAGE: Sentence(
        "keeps the image of {plate}, {name}, {what}",
        "conserve l'image de {plate}, {name}, {what}",
    ),
}
GIVEN_BACK = Sentence("nothing; {plate} came out, erased", "rien ; {plate} est ressortie, effacée")
STATUSES = {
    "IN PROGRESS": Sentence("in progress", "en cours"),
    "COMPLETED": Sentence("completed", "terminé"),
    "DISCONTINUED": Sentence("discontinued", "abandonné"),
}
"""By Performed Procedure Step Status (PS3.3 C.4.14)."""
STEP = Sentence("{name}: {status}, images: {images}", "{name} : {status}, images : {images}")
STEP_BEGUN = Sentence("{name}: {status}", "{name} : {status}")
