"""One judgement for every kind of array: from its members to the state that a person is told."""

from collections.abc import Iterable

from hal.storage_array import ArrayState, ArrayTask, MemberHealth, MemberState, Progress

_READABLE = (MemberState.WORKING, MemberState.FAILING)
_REBUILDS = (ArrayTask.REPLACE, ArrayTask.MIRROR)


def judge(
    members: Iterable[MemberHealth],
    progress: Progress | None,
    unmirrored_bytes: int = 0,
    takes_writes: bool = True,
) -> ArrayState:
    states = [member.state for member in members if member.state is not MemberState.SPARE]
    if not takes_writes or not any(state in _READABLE for state in states):
        return ArrayState.FAILED
    if progress and progress.task in _REBUILDS:
        return ArrayState.REBUILDING
    if unmirrored_bytes or any(state is not MemberState.WORKING for state in states):
        return ArrayState.DEGRADED
    return ArrayState.HEALTHY
