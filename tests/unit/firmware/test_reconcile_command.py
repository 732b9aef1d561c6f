"""What a person types about a study and its order, while no node runs, in the node's language."""

import json
from pathlib import Path

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian
from typer.testing import CliRunner, Result

from firmware.config import load_config
from firmware.dicom.entry_reader import entry_of
from firmware.dicom.film import film_dataset
from firmware.dicom.part10 import part10_header
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database, migrate
from firmware.index.scheduled import Scheduled
from firmware.panel_workflow import urgent_order
from firmware.reconcile_command import app
from firmware.routing import everywhere
from firmware.store import Store
from firmware.wiring import open_store
from hal.values import Uid
from tests.peers import free_port
from tests.unit.dicom.films import ORDER, STATION, film_image

CONFIG = """
backend = "sim"
[station]
institution_name = "Essai"
language = "{language}"
[store]
path = "{store}"
reserve_mib = 0
[archives.near]
ae_title = "NEAR"
host = "127.0.0.1"
port = {port}
"""
STUDY, UID = "2.25.900", "2.25.900.1"
PIXELS = bytes(70)


class Commands:
    def __init__(self, folder: Path, language: str) -> None:
        self.config, self.root = folder / "node.toml", folder / "node"
        text = CONFIG.format(store=self.root, language=language, port=free_port())
        self.config.write_text(text)
        self.fill()

    def fill(self) -> None:
        """One urgent film, and an order on the worklist."""
        with open_store(load_config(self.config)) as devices:
            store = Store(devices.disk, 0)
            store.prepare()
            database = self.index()
            migrate(database)
            dataset = film_dataset(
                film_image(
                    urgent_order("URG20261124ABCDEF"),
                    study_instance_uid=Uid(STUDY),
                    series_instance_uid=Uid(f"{STUDY}.0"),
                    sop_instance_uid=Uid(UID),
                )
            )
            header = part10_header(dataset, len(PIXELS), STATION.ae_title)
            with store.incoming(Uid(UID), len(header.data) + len(PIXELS)) as file:
                file.write(header.data)
                file.write(PIXELS)
                published = file.publish()
            entry = entry_of(dataset, header.transfer_syntax_uid)
            catalogue = Catalogue(database, devices.clock, devices.entropy)
            catalogue.record(entry, published, everywhere("near"), "test")
            Scheduled(database, devices.clock).keep((ORDER,))
            database.close()

    def index(self) -> Database:
        return Database(self.root / "index.sqlite3")

    def change(self, statement: str, *values: object) -> None:
        database = self.index()
        with database.transaction() as connection:
            connection.execute(statement, values)
        database.close()

    def run(self, *arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(app, [*arguments, "-c", str(self.config)], input=typed)

    def give(self, *arguments: str, typed: str = "") -> Result:
        number = ORDER.accession_number
        return self.run("to", STUDY, "--order", number, *arguments, typed=typed)


@pytest.fixture
def french(tmp_path: Path) -> Commands:
    return Commands(tmp_path, "fr")


@pytest.fixture
def english(tmp_path: Path) -> Commands:
    return Commands(tmp_path, "en")


def test_a_study_is_found_shown_and_given_to_its_order(french: Commands) -> None:
    listed = french.run("list").output
    assert "Sans leur demande" in listed
    assert "dernière image (UTC)" in listed
    assert STUDY in listed
    orders = french.run("orders", STUDY).output
    assert "n° de demande" in orders
    assert ORDER.accession_number in orders
    done = french.give(typed="oui\n")
    assert done.exit_code == 0, done.output
    assert "Rattacher l'examen" in done.stderr
    assert "[o/N]" in done.stderr
    assert "Terminé : désormais sous ŒUVRARD Éléonore" in done.stdout
    assert french.run("list").stdout == "Sans leur demande : rien\n"
    assert french.run("show", STUDY).stdout in done.stdout


def test_in_english(english: Commands) -> None:
    assert "Without their order" in english.run("list").output
    assert "accession" in english.run("orders", STUDY).output
    assert "Nobody asked" in english.run("show", STUDY).output
    done = english.give(typed="y\n")
    assert "Give study" in done.stderr
    assert "Done: under" in done.stdout


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_without_a_yes_nothing_happens(french: Commands, typed: str) -> None:
    assert french.give(typed=typed).exit_code == 1
    told = json.loads(french.run("show", STUDY, "--json").stdout)
    assert told["outcome"] is None
    assert told["sentence"]["fr"].startswith("Personne n'a demandé")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("to", STUDY, "--order", "NONE", "--yes"), "Aucune demande"),
        (("to", "1.2.3", "--order", ORDER.accession_number, "--yes"), "aucune image"),
        (("orders", "1.2.3"), "aucune image"),
        (("mark", "1.2.3"), "aucune image"),
    ],
)
def test_what_is_not_there_is_said_in_the_nodes_language(
    french: Commands, arguments: tuple[str, ...], said: str
) -> None:
    told = french.run(*arguments)
    assert (told.exit_code, said in told.stderr) == (2, True), told.output


def test_where_no_node_has_run_it_says_so(french: Commands) -> None:
    (french.root / "index.sqlite3").rename(french.root / "elsewhere")
    told = french.run("list")
    assert told.exit_code == 2
    assert str(french.root) in told.stderr


def test_an_evicted_original_is_asked_back_and_a_fetch_offered(french: Commands) -> None:
    """The archive is away; and asked again, it is the same request."""
    evict(french)
    for _ in range(2):
        told = french.give("--yes")
        assert told.exit_code == 1
        assert "Dernier essai : " in told.stdout
        assert f"sapi-node index fetch {UID}" in told.stdout
        assert "Le poste est à l'arrêt" in told.stdout
    assert json.loads(french.run("show", STUDY, "--json").stdout)["outcome"] == "under way"


def evict(commands: Commands) -> None:
    database = commands.index()
    (row,) = database.rows("SELECT path FROM instance")
    database.close()
    (commands.root / row["path"]).unlink()
    commands.change("UPDATE instance SET condition = 'evicted'")
    commands.change("UPDATE outbox SET state = 'committed'")


def test_a_deflated_original_is_refused_in_the_nodes_language(french: Commands) -> None:
    syntax = str(DeflatedExplicitVRLittleEndian)
    french.change("UPDATE instance SET transfer_syntax_uid = ?", syntax)
    told = french.give("--yes")
    assert told.exit_code == 1
    assert f"L'image {UID} ne peut pas être réécrite" in told.stdout
    assert "compressés ensemble" in told.stdout
