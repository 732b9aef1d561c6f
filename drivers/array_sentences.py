"""What a person is told when an array or its tools say no: what happened, and what to do."""

from hal.errors import Sentence

NO_TOOL = Sentence(
    en="The program {tool} is not installed: the disks cannot be looked after. Install it.",
    fr="Le programme {tool} n'est pas installé : les disques ne peuvent pas être surveillés. "
    "Installez-le.",
)
TOOL_FAILED = Sentence(
    en="{tool} failed: {reason}. The array was left as it is.",
    fr="{tool} a échoué : {reason}. La grappe de disques est restée en l'état.",
)
NOT_UNDERSTOOD = Sentence(
    en="The answer of the disk tools is not understood ({reason}). Tell your support.",
    fr="La réponse des outils de disques n'est pas comprise ({reason}). Prévenez votre assistance.",
)
UNREADABLE = Sentence(
    en="The state of the array cannot be read ({reason}). Is the store mounted?",
    fr="L'état de la grappe de disques est illisible ({reason}). Le stockage est-il monté ?",
)
NO_SUCH_MEMBER = Sentence(
    en="The array has no member {member}. Its members are: {members}.",
    fr="La grappe n'a pas de disque {member}. Ses disques sont : {members}.",
)
NOT_A_DEVICE = Sentence(
    en="{device} is not a disk. Name the new disk by its path, such as /dev/sdc.",
    fr="{device} n'est pas un disque. Donnez le chemin du nouveau disque, par exemple /dev/sdc.",
)
SAME_DEVICE = Sentence(
    en="{device} is a member of this array already. Name the new disk.",
    fr="{device} fait déjà partie de cette grappe. Indiquez le nouveau disque.",
)
DEVICE_IN_USE = Sentence(
    en="{device} is in use (mounted, or part of something else). Name a disk that is free.",
    fr="{device} est utilisé (monté, ou partie d'un autre ensemble). Indiquez un disque libre.",
)
TOO_SMALL = Sentence(
    en="{device} is too small: it has {size_bytes} bytes, {needed_bytes} are needed.",
    fr="{device} est trop petit : {size_bytes} octets, il en faut {needed_bytes}.",
)
HAS_DATA = Sentence(
    en="{device} holds something already ({found}). If it may be erased, repeat with --force.",
    fr="{device} contient déjà quelque chose ({found}). Si son contenu peut être effacé, "
    "recommencez avec --force.",
)
LAST_GOOD = Sentence(
    en="Member {member} holds the last good copy. Replace the others first.",
    fr="Le disque {member} porte la dernière bonne copie. Remplacez d'abord les autres.",
)
BUSY = Sentence(
    en="The array is busy ({task}). Wait until that has ended.",
    fr="La grappe est occupée ({task}). Attendez la fin de cette opération.",
)
SCRUB_NEEDS_ALL = Sentence(
    en="A disk is missing: replace it first, then check the array.",
    fr="Un disque manque : remplacez-le d'abord, puis vérifiez la grappe.",
)
MIRROR_NEEDS_TWO = Sentence(
    en="There is one disk only: replace the missing one first.",
    fr="Il n'y a qu'un seul disque : remplacez d'abord celui qui manque.",
)
NO_ROOM_TO_MIRROR = Sentence(
    en="The disk was replaced, but there is no room to mirror again what was written meanwhile. "
    "Free some space, then run: sapi-node array mirror",
    fr="Le disque est remplacé, mais la place manque pour recopier ce qui a été écrit entre-temps. "
    "Libérez de la place, puis lancez : sapi-node array mirror",
)
REPLACE_STOPPED = Sentence(
    en="The replacement stopped before its end ({state}). The old disk is still the member; "
    "look at the new one, then start again.",
    fr="Le remplacement s'est arrêté avant la fin ({state}). L'ancien disque reste en place ; "
    "vérifiez le nouveau, puis recommencez.",
)
SINGLE_DISK = Sentence(
    en="The store is on a single disk ({device}): no second copy protects it.",
    fr="Le stockage est sur un seul disque ({device}) : aucune seconde copie ne le protège.",
)
NOT_MIRRORED = Sentence(
    en="The store's btrfs ({device}) keeps one copy only: no second copy protects it.",
    fr="Le btrfs du stockage ({device}) ne garde qu'une copie : aucune seconde copie ne le "
    "protège.",
)
