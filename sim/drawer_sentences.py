"""Every text of the drawer, in English and French."""

from hal.errors import Sentence
from sim.drawer import Fault

SWITCHES = {
    Fault.COVER_OPEN: Sentence("Cover open", "Capot ouvert"),
    Fault.JAM: Sentence("Carriage jammed", "Chariot bloqué"),
    Fault.JAM_HALFWAY: Sentence("Jams during the scan", "Se bloque pendant le scan"),
    Fault.LAMP_COLD: Sentence("Lamp cold", "Lampe froide"),
    Fault.UNPLUGGED: Sentence("Unplugged", "Débranché"),
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
    "laid": Sentence(
        "{name}, {what}, film {number} of {count}", "{name}, {what}, film {number} sur {count}"
    ),
    "envelope": Sentence("Envelope", "Pochette"),
    "lay": Sentence("Lay its film", "Poser son film"),
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
STATUSES = {
    "IN PROGRESS": Sentence("in progress", "en cours"),
    "COMPLETED": Sentence("completed", "terminé"),
    "DISCONTINUED": Sentence("discontinued", "abandonné"),
}
"""By Performed Procedure Step Status (PS3.3 C.4.14)."""
STEP = Sentence("{name}: {status}, images: {images}", "{name} : {status}, images : {images}")
STEP_BEGUN = Sentence("{name}: {status}", "{name} : {status}")
