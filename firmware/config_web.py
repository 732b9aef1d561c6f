"""`[web]` of the configuration: where the page is, and under which conditions."""

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from firmware.config_section import PORT_MAX, Section

LOCALHOST = "localhost"
NAMES_MAX = 8
HostName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


def _address_and_port(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    try:
        known = host == LOCALHOST or ip_address(host.strip("[]")) is not None
        in_range = port.isascii() and port.isdigit() and 1 <= int(port) <= PORT_MAX
    except ValueError:
        known = in_range = False
    if listen and not (known and in_range):
        raise PydanticCustomError("no_listen_address", "not an address and port")
    return listen


class WebSection(Section):
    """The web page. A configuration without `[web]` has none; with it, on the loopback."""

    listen: Annotated[str, AfterValidator(_address_and_port)] = "127.0.0.1:8080"
    """Address and port; empty: none. Not on the loopback: only with the files of `[tls]`."""
    accounts: str = Field(default="web-accounts.json", min_length=1)
    """Who may sign in: `sapi-node web user add` writes it, beside the configuration."""
    names: list[HostName] = Field(default_factory=list, max_length=NAMES_MAX)
    """What people type for this node beside its address and the names in its certificate: a page
    that was asked for under any other name is not given (DNS rebinding)."""
    idle_min: float = Field(default=30.0, gt=0, le=12 * 60)
    """Signed out after so long without a touch; a tablet is left lying about."""
    session_h: float = Field(default=12.0, gt=0, le=24)
    """And after so long in any case: a long shift."""

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def on_loopback(self) -> bool:
        host = self.address[0] if self.listen else LOCALHOST
        return host == LOCALHOST or ip_address(host).is_loopback
