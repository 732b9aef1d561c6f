"""A whole node with its page: pressed from it, looked at through it, and on without it."""

import re
import socket
import ssl
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from firmware.config_archives import TlsSection
from firmware.config_web import WebSection
from firmware.events import Committed, Stored
from firmware.node import Node
from firmware.plate_events import PlateErased
from firmware.web.accounts import Account, AccountFile, Role
from firmware.web.sign_in import HASHER
from hal.errors import ConfigError
from hal.panel import Lamp
from sim.free_port import free_port
from tests.certificates import Authority
from tests.node.conftest import World
from tests.peers import wait_until

PIN = "739105"


@pytest.fixture
def shown(world: World) -> World:
    accounts = world.folder / "accounts.json"
    AccountFile(accounts).add(Account("lea", Role.TECHNICIAN, HASHER.hash(PIN)))
    section = WebSection(listen=f"127.0.0.1:{free_port()}", accounts=str(accounts))
    world.config = world.config.model_copy(update={"web": section})
    return world


def client_of(
    world: World, scheme: str = "http", verify: ssl.SSLContext | bool = True
) -> httpx.Client:
    assert world.config.web is not None
    url = f"{scheme}://127.0.0.1:{world.config.web.address[1]}"
    headers = {"Accept": "text/html", "Origin": url}
    return httpx.Client(base_url=url, headers=headers, timeout=20, verify=verify)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/sign-in").status_code == 200
    except httpx.TransportError:
        return False


def sign_in(client: httpx.Client) -> str:
    """The session's token."""
    wait_until(lambda: answers(client), "the page is served")
    form = {"token": token_of(client.get("/sign-in").text), "account": "lea", "secret": PIN}
    assert client.post("/sign-in", data=form).status_code == 303
    return token_of(client.get("/").text)


def token_of(text: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', text)
    assert found
    return found[1]


def test_a_plate_that_was_read_is_on_the_page_of_plates(shown: World) -> None:
    """Where there is a reader; without one the menu has no plates."""
    plate = shown.folder / "chest.png"
    Image.fromarray(np.full((120, 90), 9000, np.uint16)).save(plate)
    sim = shown.config.sim.model_copy(update={"plate": str(plate)})
    shown.config = shown.config.model_copy(update={"sim": sim})
    shown.devices.close()
    shown.open_devices()
    shown.start()
    shown.press()
    shown.wait_for(PlateErased)
    with client_of(shown) as client:
        sign_in(client)
        assert 'href="/plates"' in client.get("/").text
        text = client.get("/plates").text
    assert "<bdi>SIM-chest</bdi>" in text
    assert "En ordre" in text
    assert "stockée et effacée" in text


def test_a_press_and_a_film_from_the_page(shown: World) -> None:
    shown.open_archive()
    shown.start()
    with client_of(shown) as client:
        token = sign_in(client)
        wait_until(lambda: shown.panel.lamps.get(Lamp.READY), "the panel is ready")
        before = len(shown.panel.shown)
        assert client.post("/panel/press", data={"token": token, "button": "next"}).is_success
        wait_until(lambda: len(shown.panel.shown) > before, "the press is answered")
        shown.press()
        stored = shown.wait_for(Stored)
        shown.wait_for(Committed)
        image = client.get(f"/images/{stored.sop_instance_uid}")
        assert f"{stored.columns}" in image.text
        part = client.get(f"/images/{stored.sop_instance_uid}/pixels")
        columns, rows = int(part.headers["X-Columns"]), int(part.headers["X-Rows"])
        assert len(part.content) == 2 * columns * rows
        assert "Committed" in client.get("/log").text
        assert stored.sop_instance_uid in client.get("/studies").text


def test_a_taken_port_keeps_no_node_from_scanning(shown: World) -> None:
    assert shown.config.web is not None
    with socket.socket() as other:
        other.bind(shown.config.web.address)
        other.listen()
        shown.start()
        shown.press()
        shown.wait_for(Stored)
    with client_of(shown) as client:
        wait_until(lambda: answers(client), "the page is served once the port is free")


def test_tls_where_it_is_on_the_network(shown: World) -> None:
    assert shown.config.web is not None
    authority = Authority(shown.folder / "tls")
    issued = authority.issue("node")
    files = TlsSection(
        certificate=str(issued.certificate),
        key=str(issued.key),
        trusted=str(authority.certificate),
    )
    port = shown.config.web.address[1]
    section = shown.config.web.model_copy(update={"listen": f"0.0.0.0:{port}"})
    shown.config = shown.config.model_copy(update={"web": section, "tls": files})
    shown.start()
    trusts = ssl.create_default_context(cafile=authority.certificate)
    with client_of(shown, "https", trusts) as client:
        sign_in(client)
        cookies = [cookie for cookie in client.cookies.jar if cookie.name == "__Host-sapi"]
        assert cookies
        assert all(cookie.secure for cookie in cookies)
        forged = client.get("/sign-in", headers={"Host": f"0.0.0.0:{port}"})
        assert forged.status_code == 421
    with client_of(shown) as plain:
        assert not answers(plain), "nothing without TLS"


def test_on_the_network_without_accounts_is_one_sentence(shown: World, tmp_path: Path) -> None:
    assert shown.config.web is not None
    update = {"listen": f"0.0.0.0:{free_port()}", "accounts": str(tmp_path / "none.json")}
    section = shown.config.web.model_copy(update=update)
    shown.config = shown.config.model_copy(update={"web": section})
    with pytest.raises(ConfigError, match="nobody has an account"):
        Node(shown.config, shown.devices)
