"""A way in to the page; and what somebody else may add to it, such as the simulator its drawer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from firmware.web.doors import Handler
from firmware.web.page import Visit


@dataclass(frozen=True)
class Way:
    path: str
    handler: Handler
    method: str = "GET"
    administrator: bool = False


@dataclass(frozen=True)
class Extension:
    """Behind the same doors as the page itself: no session, no answer."""

    name: str
    """Its files are served at /static/NAME."""
    ways: tuple[Way, ...]
    static: Path
    beside_panel: Callable[[Visit], Markup]
    """What stands below the panel, with its own style and script."""
