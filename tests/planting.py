"""How a mistake is planted, for as long as a stack is open."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar
from unittest import mock

Bug = Callable[[ExitStack], None]
F = TypeVar("F", bound=Bug)


def registering(bugs: dict[str, Bug]) -> Callable[[str], Callable[[F], F]]:
    """The decorator that enters a mistake into `bugs` under its name."""

    def bug(name: str) -> Callable[[F], F]:
        def named(plant: F) -> F:
            bugs[name] = plant
            return plant

        return named

    return bug


def patch(stack: ExitStack, owner: Any, name: str, new: Any) -> None:
    stack.enter_context(mock.patch.object(owner, name, new))
