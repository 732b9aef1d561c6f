"""From the array's status to what a person is told: every trouble with its sentence.

Pure: two polls in, troubles out. The panel, `status` and the log say the same words.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from hal.errors import Sentence
from hal.storage_array import (
    ArrayState,
    ArrayStatus,
    ArrayTask,
    MemberHealth,
    MemberState,
    SmartHealth,
)


class TroubleKind(Enum):
    """The worst first: the panel shows the first that applies."""

    FAILED = "failed"
    BOTH_COPIES_BAD = "both copies bad"
    COPIES_DIFFER = "copies differ"
    """md keeps no checksums: it sees that the copies differ, not which of them is right."""
    UNREADABLE = "unreadable"
    MEMBER_MISSING = "member missing"
    MEMBER_FAILING = "member failing"
    ERRORS_RISING = "errors rising"
    SMART_FAILING = "SMART failing"
    NOT_MIRRORED = "not mirrored"
    REBUILDING = "rebuilding"
    DEGRADED = "degraded"


SENTENCES: dict[TroubleKind, Sentence] = {
    TroubleKind.FAILED: Sentence(
        en="The disks take no more data. Keep the films, scan nothing, and call your support.",
        fr="Les disques n'acceptent plus de données. Gardez les films, ne numérisez plus et "
        "appelez votre assistance.",
    ),
    TroubleKind.BOTH_COPIES_BAD: Sentence(
        en="The check found {count} places where no good copy is left. The images concerned are "
        "searched for and fetched back; call your support.",
        fr="La vérification a trouvé {count} endroits sans aucune bonne copie. Les images touchées "
        "sont recherchées et récupérées ; appelez votre assistance.",
    ),
    TroubleKind.COPIES_DIFFER: Sentence(
        en="The check found {count} sectors where the two copies differ. The images concerned are "
        "searched for and mended; call your support.",
        fr="La vérification a trouvé {count} secteurs où les deux copies diffèrent. Les images "
        "touchées sont recherchées et réparées ; appelez votre assistance.",
    ),
    TroubleKind.UNREADABLE: Sentence(
        en="The disks cannot be watched: {reason}",
        fr="Les disques ne peuvent pas être surveillés : {reason}",
    ),
    TroubleKind.MEMBER_MISSING: Sentence(
        en="Disk {member} is missing. The images are safe on the other one; replace it today.",
        fr="Le disque {member} manque. Les images sont intactes sur l'autre ; remplacez-le "
        "aujourd'hui.",
    ),
    TroubleKind.MEMBER_FAILING: Sentence(
        en="Disk {member} ({device}) has had {count} errors. The images are safe on the other "
        "one; run a check, and replace the disk if the errors go on.",
        fr="Le disque {member} ({device}) a eu {count} erreurs. Les images sont intactes sur "
        "l'autre ; lancez une vérification et remplacez le disque si cela continue.",
    ),
    TroubleKind.ERRORS_RISING: Sentence(
        en="Disk {member} ({device}) is failing: {count} new errors. Replace it today.",
        fr="Le disque {member} ({device}) est défaillant : {count} nouvelles erreurs. "
        "Remplacez-le aujourd'hui.",
    ),
    TroubleKind.SMART_FAILING: Sentence(
        en="Disk {member} ({device}) says that it will fail soon ({note}). Replace it this week.",
        fr="Le disque {member} ({device}) annonce sa panne prochaine ({note}). Remplacez-le cette "
        "semaine.",
    ),
    TroubleKind.NOT_MIRRORED: Sentence(
        en="{mib} MiB are on one disk only. Run: sapi-node array mirror",
        fr="{mib} Mio ne sont que sur un seul disque. Lancez : sapi-node array mirror",
    ),
    TroubleKind.REBUILDING: Sentence(
        en="The disks are being mirrored again, {percent} % done. Leave the node switched on.",
        fr="Recopie des disques en cours, {percent} % faits. Laissez l'appareil allumé.",
    ),
    TroubleKind.DEGRADED: Sentence(
        en="The second copy is not complete. The images are safe; have the disks checked.",
        fr="La seconde copie n'est pas complète. Les images sont intactes ; faites vérifier les "
        "disques.",
    ),
}

BAD_BY_KIND = {"btrfs": TroubleKind.BOTH_COPIES_BAD, "md": TroubleKind.COPIES_DIFFER}
ALL_WELL = Sentence(
    en="The disks are well: everything has two good copies.",
    fr="Les disques vont bien : tout existe en deux bonnes copies.",
)


@dataclass(frozen=True)
class Trouble:
    kind: TroubleKind
    sentence: Sentence
    member: str = ""


def trouble(kind: TroubleKind, member: str = "", **values: object) -> Trouble:
    return Trouble(kind, SENTENCES[kind].fill(member=member, **values), member)


def unreadable(reason: Sentence) -> Trouble:
    return trouble(TroubleKind.UNREADABLE, reason=reason)


def troubles(status: ArrayStatus, previous: ArrayStatus | None = None) -> tuple[Trouble, ...]:
    """The worst first. `previous`, the poll before, shows which errors are new."""
    before = {member.name: member for member in previous.members} if previous else {}
    found = _of_array(status)
    for member in status.members:
        found += _of_member(member, before.get(member.name))
    if status.state is ArrayState.DEGRADED and not found:
        found.append(trouble(TroubleKind.DEGRADED))
    order = list(TroubleKind)
    return tuple(sorted(found, key=lambda each: order.index(each.kind)))


def _of_array(status: ArrayStatus) -> list[Trouble]:
    found = []
    if status.state is ArrayState.FAILED:
        found.append(trouble(TroubleKind.FAILED))
    if status.scrub and status.scrub.uncorrectable:
        found.append(trouble(BAD_BY_KIND[status.kind], count=status.scrub.uncorrectable))
    if status.progress and status.progress.task is not ArrayTask.SCRUB:
        percent = int(status.progress.fraction * 100)
        found.append(trouble(TroubleKind.REBUILDING, percent=percent))
    elif status.unmirrored_bytes:
        found.append(trouble(TroubleKind.NOT_MIRRORED, mib=-(-status.unmirrored_bytes // 2**20)))
    return found


def _of_member(member: MemberHealth, before: MemberHealth | None) -> list[Trouble]:
    named: dict[str, Any] = {"member": member.name, "device": member.device}
    if member.state is MemberState.MISSING:
        return [trouble(TroubleKind.MEMBER_MISSING, **named)]
    found = []
    new = new_errors(member, before)
    if new:
        found.append(trouble(TroubleKind.ERRORS_RISING, count=new, **named))
    elif member.state is MemberState.FAILING:
        found.append(trouble(TroubleKind.MEMBER_FAILING, count=member.errors.total, **named))
    if member.smart is SmartHealth.FAILING:
        found.append(trouble(TroubleKind.SMART_FAILING, note=member.smart_note, **named))
    return found


def new_errors(member: MemberHealth, before: MemberHealth | None) -> int:
    """Since the poll before; a new disk, or counters that were reset, start from nothing."""
    if before is None:
        return 0
    was = before.errors.total if before.device in (member.device, "") else 0
    return max(0, member.errors.total - was)
