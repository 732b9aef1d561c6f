import pytest

from drivers.array_state import judge
from hal.storage_array import ArrayState, ArrayTask, MemberState, Progress
from tests.fake_array import member

W, F, M = MemberState.WORKING, MemberState.FAILING, MemberState.MISSING


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((W, W), ArrayState.HEALTHY),
        ((W, W, MemberState.SPARE), ArrayState.HEALTHY),
        ((W, F), ArrayState.DEGRADED),
        ((W, M), ArrayState.DEGRADED),
        ((F, F), ArrayState.DEGRADED),
        ((W, MemberState.FILLING), ArrayState.DEGRADED),
        ((M, MemberState.FILLING), ArrayState.FAILED),
        ((M, M), ArrayState.FAILED),
    ],
)
def test_members_alone(states: tuple[MemberState, ...], expected: ArrayState) -> None:
    members = [member(str(number), state) for number, state in enumerate(states)]
    assert judge(members, None) is expected


def test_what_else_counts() -> None:
    legs = [member("1"), member("2")]
    assert judge(legs, None, unmirrored_bytes=1) is ArrayState.DEGRADED
    assert judge(legs, None, takes_writes=False) is ArrayState.FAILED
    assert judge(legs, Progress(ArrayTask.SCRUB, 0.1)) is ArrayState.HEALTHY
    assert judge(legs, Progress(ArrayTask.MIRROR, 0.1)) is ArrayState.REBUILDING
