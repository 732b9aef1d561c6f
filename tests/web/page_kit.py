"""A page over a small store of invented patients, on a socket of its own."""

import hashlib
import html
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import numpy as np
from argon2 import PasswordHasher
from numpy.typing import NDArray

from drivers.posix_disk import PosixDisk
from firmware.config_web import WebSection
from firmware.dicom.entry_reader import entry_of
from firmware.dicom.film import film_dataset
from firmware.dicom.part10 import part10_header
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.entry import Entry
from firmware.index.scheduled import Scheduled
from firmware.routing import Way
from firmware.store import PublishedFile
from firmware.web.accounts import Account, AccountFile, Role
from firmware.web.page import Page
from firmware.web.server import Certificate, WebServer
from firmware.web.sessions import Sessions
from firmware.web.sign_in import SignIn
from hal.film_scanner import ScanRequest
from hal.panel import Button
from hal.values import Order, Patient, Priority, Uid
from tests.fakes import CountingEntropy, JumpingClock
from tests.peers import free_port, wait_until
from tests.unit.dicom.films import film_image, order_with

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PIN = "739105"
PASSWORD = "le fil et la pelote"
TECHNICIAN, ADMINISTRATOR = "lea", "amina"
ARCHIVES = ("douai", "lille")
ZONE = ZoneInfo("Europe/Paris")
Samples = NDArray[np.uint16]


def small_film(columns: int = 64, rows: int = 48) -> Samples:
    """Every value is another one: where it is shown is seen from it."""
    return (np.arange(columns * rows, dtype=np.uint16) * 7).reshape(rows, columns)


class PageKit:
    def __init__(self, folder: Path, pressable: bool = False) -> None:
        self.folder = folder
        self.clock = JumpingClock()
        self.disk = PosixDisk(folder / "store")
        self.disk.make_folders(("instances",))
        self.index = folder / "store/index.sqlite3"
        self._database = Database(self.index)
        migrate(self._database)
        self.catalogue = Catalogue(self._database, self.clock, CountingEntropy())
        self.accounts = AccountFile(folder / "accounts.json")
        self.accounts.add(Account(TECHNICIAN, Role.TECHNICIAN, CHEAP.hash(PIN)))
        self.accounts.add(Account(ADMINISTRATOR, Role.ADMINISTRATOR, CHEAP.hash(PASSWORD)))
        self.pressed: list[Button] = []
        self.port = free_port()
        self.section = WebSection(listen=f"127.0.0.1:{self.port}")
        self.page = Page(
            station="SAPI1",
            zone=ZONE,
            language="fr",
            secure=False,
            clock=self.clock,
            index=self.index,
            disk=self.disk,
            entropy=CountingEntropy(),
            archives=ARCHIVES,
            sign_in=SignIn(self.accounts, self.clock.monotonic_s, CHEAP),
            sessions=Sessions(self.clock.monotonic_s, 1800, 12 * 3600),
            press=self.pressed.append if pressable else None,
        )
        self.server: WebServer | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.page.secure else 'http'}://127.0.0.1:{self.port}"

    def start(self, certificate: Certificate | None = None) -> None:
        self.page.secure = certificate is not None
        self.server = WebServer(self.page, self.section, certificate)
        self.server.start()
        assert self.server.serving.wait(10)

    def close(self) -> None:
        if self.server is not None:
            self.server.close()
        self._database.close()

    def store(
        self,
        order: Order | None = None,
        samples: Samples | None = None,
        number: int = 1,
        entry_says: Callable[[Entry], Entry] = lambda entry: entry,
    ) -> Uid:
        """One film, stored and queued on its way to each archive; its UID."""
        samples = small_film() if samples is None else samples
        order = order or order_with()
        rows, columns = samples.shape
        uid = Uid(f"2.25.{len(self.disk.names('instances')) + 1000}")
        dataset = film_dataset(
            film_image(
                order,
                study_instance_uid=order.study_instance_uid or Uid(f"{uid}.1"),
                series_instance_uid=Uid(f"{order.study_instance_uid or uid}.2"),
                sop_instance_uid=uid,
                instance_number=number,
                request=ScanRequest(300, 0, 0, columns, rows),
                acquired_at=self.clock.now().astimezone(ZONE),
            )
        )
        header = part10_header(dataset, samples.nbytes)
        content = header.data + samples.astype("<u2").tobytes()
        return self.record(entry_says(entry_of(dataset, header.transfer_syntax_uid)), content)

    def record(self, entry: Entry, content: bytes) -> Uid:
        path = f"instances/{entry.sop_instance_uid}.dcm"
        with self.disk.create(path) as file:
            file.write(content)
        published = PublishedFile(path, len(content), hashlib.sha256(content).hexdigest())
        self.catalogue.record(entry, published, lambda _: tuple(map(Way, ARCHIVES)), "test")
        return entry.sop_instance_uid

    def stands(self, uid: str, archive: str, state: str, **columns: str | int) -> None:
        """As if it had gone so far."""
        columns = {"state": state, **columns}
        sets = ", ".join(f"{name} = ?" for name in columns)
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE outbox SET {sets} WHERE instance = ? AND destination = ?",
                (*columns.values(), uid, archive),
            )

    def rows(self, question: str) -> list[sqlite3.Row]:
        return self._database.rows(question)

    def schedule(self, *orders: Order) -> None:
        """What the RIS has listed."""
        Scheduled(self._database, self.clock).keep(orders)

    def trail(self) -> list[tuple[str, str, str]]:
        """(actor, action, object) of what the page did."""
        rows = self._database.rows("SELECT * FROM audit WHERE actor LIKE 'web%' ORDER BY seq")
        return [(row["actor"], row["action"], row["object"]) for row in rows]

    def states(self, uid: str) -> set[str]:
        rows = self._database.rows("SELECT state FROM outbox WHERE instance = ?", (uid,))
        return {row["state"] for row in rows}

    def client(self) -> httpx.Client:
        """A browser's headers, nobody signed in."""
        headers = {"Accept": "text/html", "Origin": self.url}
        return httpx.Client(base_url=self.url, headers=headers, timeout=10, verify=False)

    def signed_in(self, name: str = TECHNICIAN, secret: str = PIN) -> httpx.Client:
        client = self.client()
        answer = sign_in(client, name, secret)
        assert answer.status_code == 303, answer.text
        return client


def sign_in(client: httpx.Client, name: str, secret: str) -> httpx.Response:
    token = token_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"token": token, "account": name, "secret": secret})


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def session_token(client: httpx.Client) -> str:
    return token_of(client.get("/").text)


def order(name: str, patient_id: str, accession: str, description: str, **more: str) -> Order:
    return order_with(
        patient=Patient(patient_id, name, more.pop("birth_date", "19620314"), more.pop("sex", "F")),
        accession_number=accession,
        study_instance_uid=Uid(f"1.2.3.{int(accession.rsplit('-', 1)[-1] or 9)}"),
        requested_procedure_description=description,
        body_part_examined=more.pop("body_part", "CHEST"),
        **more,
    )


def urgent(one: Order) -> Order:
    return replace(one, priority=Priority.URGENT)


__all__ = ["PageKit", "Samples", "order", "session_token", "sign_in", "urgent", "wait_until"]
