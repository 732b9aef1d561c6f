"""What is checked before an array is touched, the same for every kind of array."""

from drivers.array_sentences import BUSY, LAST_GOOD, NO_SUCH_MEMBER, SCRUB_NEEDS_ALL
from hal.errors import ConfigError
from hal.storage_array import ArrayStatus, MemberHealth


def member_named(status: ArrayStatus, name: str) -> MemberHealth:
    """By its name in the array, or by its device."""
    for member in status.members:
        if name in (member.name, member.device):
            return member
    names = ", ".join(f"{member.name} ({member.device or '-'})" for member in status.members)
    raise ConfigError(NO_SUCH_MEMBER.fill(member=name, members=names))


def refuse_busy(status: ArrayStatus) -> None:
    if status.progress:
        raise ConfigError(BUSY.fill(task=status.progress.task.value))


def refuse_last_good(status: ArrayStatus, leaving: MemberHealth) -> None:
    """A present member may go only while another one is present."""
    others = (member for member in status.members if member.name != leaving.name)
    if leaving.present and not any(other.present for other in others):
        raise ConfigError(LAST_GOOD.fill(member=leaving.name))


def refuse_with_missing(status: ArrayStatus) -> None:
    if not all(member.present for member in status.members):
        raise ConfigError(SCRUB_NEEDS_ALL)


def present_devices(status: ArrayStatus) -> tuple[str, ...]:
    return tuple(member.device for member in status.members if member.device)
