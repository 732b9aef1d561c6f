"""The page of a node, put together from its configuration and devices."""

from dataclasses import dataclass
from pathlib import Path

from firmware.config import NodeConfig
from firmware.events import Event
from firmware.plate_wiring import SIMULATED
from firmware.web.accounts import AccountFile
from firmware.web.board import PanelBoard
from firmware.web.page import Page
from firmware.web.server import WebServer, check_accounts, open_certificate
from firmware.web.sessions import Sessions
from firmware.web.sign_in import SignIn
from firmware.web.watched_panel import PressedFromThePage
from firmware.web.way import Extension
from hal.devices import Devices


@dataclass(frozen=True)
class Web:
    page: Page
    server: WebServer

    def hear(self, event: Event) -> None:
        """In the teller's thread: a line for the log, and a word to whoever looks on."""
        if self.page.journal.hear(event, self.page.now()):
            self.page.board.tell_news()


def open_page(
    config: NodeConfig, devices: Devices, index: Path, extensions: tuple[Extension, ...] = ()
) -> Web | None:
    """None: there is to be none. Raises ConfigError when it would not be safe."""
    section = config.web
    if section is None or not section.listen:
        return None
    check_accounts(section)
    certificate = None if section.on_loopback else open_certificate(config.tls)
    clock = devices.clock
    panel = devices.panel
    reader = config.cassette_reader or SIMULATED
    simulated = config.backend == "sim" and isinstance(panel, PressedFromThePage)
    page = Page(
        station=config.station.station_name,
        zone=config.station.zone,
        language=config.station.language,
        secure=certificate is not None,
        clock=clock,
        index=index,
        disk=devices.disk,
        entropy=devices.entropy,
        archives=tuple(config.archives),
        sign_in=SignIn(AccountFile(Path(section.accounts)), clock.monotonic_s),
        sessions=Sessions(clock.monotonic_s, 60 * section.idle_min, 3600 * section.session_h),
        board=PanelBoard(),
        press=panel.press if simulated and isinstance(panel, PressedFromThePage) else None,
        extensions=extensions,
        ghost_h=reader.ghost_hours if devices.cassette_reader is not None else None,
    )
    return Web(page, WebServer(page, section, certificate))
