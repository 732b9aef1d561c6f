"""`sapi-node calibrate-plate`: from a plate that was exposed evenly to the reader's calibration.

The plate is erased only when the calibration is written. One that is refused stays in the reader:
it might be a patient's, and the node then stores it as an unknown image.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from firmware.calibrating_plates import Calibrated, calibrated
from firmware.config import NodeConfig, load_config
from firmware.config_cassette import CassetteReaderSection
from firmware.flat_exposure_source import (
    FlatExposure,
    KeptExposure,
    read_exposure,
    stored_exposure,
)
from firmware.imaging.plate_calibration import (
    PlateCalibrationFile,
    load_plate_calibration,
    save_plate_calibration,
)
from firmware.index import audit
from firmware.index.plate_reads import PLATE_OBJECT
from firmware.node import INDEX_NAME
from firmware.plate_wiring import SIMULATED
from firmware.queue_commands import who, writing
from firmware.reports import Reports
from firmware.told_plainly import Speech, print_json, told_plainly
from firmware.wiring import open_cassette_reader_alone, open_clock, open_store
from hal.cassette_reader import CassetteReader
from hal.errors import ConfigError, Sentence

DEFAULT_CONFIG = Path("node.toml")
DEFAULT_FILE = Path("plate-calibration.json")
CALIBRATED = "plates calibrated"
KERMA_MIN_UGY, KERMA_MAX_UGY = 0.01, 10_000.0  # what any reader's four decades lie within

GUIDE = (
    Sentence(
        en="1. Stop the node. Erase a plate, and let it be a clean one.",
        fr="1. Arrêtez le poste. Effacez une plaque propre.",
    ),
    Sentence(
        en="2. Nothing on the table: lay the cassette down alone, 1.5 m or more from the tube, "
        "the collimator open beyond all four edges.",
        fr="2. Rien sur la table : posez la cassette seule, à 1,5 m ou plus du tube, collimateur "
        "ouvert au-delà des quatre bords.",
    ),
    Sentence(
        en="3. Filter and voltage as IEC 62494-1 has them (RQA5: 21 mm of aluminium, about 70 kV); "
        "about 10 uGy at the plate. With a dosemeter there, give what it says as --kerma.",
        fr="3. Filtre et tension selon l'IEC 62494-1 (RQA5 : 21 mm d'aluminium, environ 70 kV) ; "
        "environ 10 µGy à la plaque. Avec un dosimètre, donnez sa valeur par --kerma.",
    ),
    Sentence(
        en="4. Put the cassette into the reader within minutes of the exposure.",
        fr="4. Insérez la cassette dans le lecteur dans les minutes qui suivent l'exposition.",
    ),
)
READY = Sentence(
    en="Is the exposed plate in the reader, and is it no patient's?",
    fr="La plaque exposée est-elle dans le lecteur, et n'est-elle celle d'aucun patient ?",
)
NOT_READY = Sentence(en="Nothing was read.", fr="Rien n'a été lu.")
ERASE = Sentence(
    en="The plate is not fit for it. Erase it now? Only if it holds no patient's image.",
    fr="La plaque ne convient pas. L'effacer maintenant ? Seulement si elle ne porte l'image "
    "d'aucun patient.",
)
STAYS = Sentence(
    en="The reader keeps the plate's image: the node stores it as an unknown one when it starts.",
    fr="Le lecteur conserve l'image de la plaque : le poste la stockera comme inconnue à son "
    "démarrage.",
)
NOT_CALIBRATED = Sentence(
    en="The plate is erased, and nothing was calibrated.",
    fr="La plaque est effacée ; rien n'a été étalonné.",
)
NO_READER = Sentence(
    en="No cassette reader is configured: fill in [cassette_reader], or name a stored image with "
    "--instance.",
    fr="Aucun lecteur de cassettes n'est configuré : complétez [cassette_reader], ou indiquez une "
    "image stockée avec --instance.",
)
NO_INSTANCE = Sentence(
    en="{uid} is no image's UID: `sapi-node show {uid}` lists the images that it names.",
    fr="{uid} n'est pas l'UID d'une image : « sapi-node show {uid} » donne les images concernées.",
)
WRITTEN = Sentence(
    en="Written: {file}. It holds from the node's next start.",
    fr="Écrit : {file}. Pris en compte au prochain démarrage du poste.",
)
NAME_IT = Sentence(
    en="Name it in the configuration: cassette_reader.calibration = '{file}'.",
    fr="Indiquez-le dans la configuration : cassette_reader.calibration = '{file}'.",
)
FLAT_IS_OFF = Sentence(
    en="Pixels stay as they are read: flat field and dead samples are laid on with "
    "cassette_reader.flat_field = true.",
    fr="Les pixels restent tels que lus : l'homogénéité et les échantillons morts ne sont corrigés "
    "qu'avec cassette_reader.flat_field = true.",
)


def calibrate_plate(
    config: Annotated[
        Path, typer.Option("--config", "-c", help="The node's configuration.")
    ] = DEFAULT_CONFIG,
    kerma: Annotated[
        float | None,
        typer.Option(
            min=KERMA_MIN_UGY,
            max=KERMA_MAX_UGY,
            help="Air kerma at the plate in uGy, by a dosemeter. Two such exposures make an "
            "exposure index.",
        ),
    ] = None,
    instance: Annotated[
        str, typer.Option(help="A stored plate image's UID, instead of the reader.")
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write here.", show_default="where the configuration says"
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before the plate is read.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn a CR reader's flat field, dead samples and response from an evenly exposed plate."""
    with told_plainly() as speech:
        loaded = load_config(config)
        speech.language = loaded.station.language
        section = _section(loaded)
        file = output or Path(section.calibration or config.parent / DEFAULT_FILE)
        before = load_plate_calibration(file) if file.exists() else None
        work = _Work(loaded, section, file, before, kerma, speech)
        if instance:
            found = work.of_stored(instance)
        else:
            if not yes:
                work.guide()
            found = work.of_reader(asks=not yes)
    if as_json:
        return print_json({"file": str(file), **found.as_json()})
    sentences = [*found.told(), WRITTEN.fill(file=file)]
    if str(file) != section.calibration:
        sentences.append(NAME_IT.fill(file=file))
    if not section.flat_field:
        sentences.append(FLAT_IS_OFF)
    for sentence in sentences:
        typer.echo(speech.told(sentence))
    return None


def _section(loaded: NodeConfig) -> CassetteReaderSection:
    return loaded.cassette_reader or SIMULATED


class _Work:
    def __init__(
        self,
        config: NodeConfig,
        section: CassetteReaderSection,
        file: Path,
        before: PlateCalibrationFile | None,
        kerma_ugy: float | None,
        speech: Speech,
    ) -> None:
        self._config = config
        self._section = section
        self._file = file
        self._before = before
        self._kerma_ugy = kerma_ugy
        self._speech = speech

    def guide(self) -> None:
        """What to do before. Raises ConfigError when it is not done."""
        for sentence in GUIDE:
            typer.echo(self._speech.told(sentence), err=True)
        if not self._speech.is_agreed(READY):
            raise ConfigError(NOT_READY)

    def of_stored(self, uid: str) -> Calibrated:
        root = Path(self._config.store.path)
        reports = Reports(root)
        try:
            rows = reports.show(uid)["instances"]
        finally:
            reports.close()
        row = next((row for row in rows if row["sop_instance_uid"] == uid), None)
        if row is None:
            raise ConfigError(NO_INSTANCE.fill(uid=uid))
        found = self._calibrated(stored_exposure(root, row))
        self._keep(found)
        return found

    def of_reader(self, *, asks: bool) -> Calibrated:
        """The store's lock is held meanwhile: no node runs. Raises StorageInUse, DeviceError."""
        section = self._section
        gain_thousandths = round(1000 * section.gain)
        with ExitStack() as opened:
            reader = opened.enter_context(open_cassette_reader_alone(self._config))
            if reader is None:
                raise ConfigError(NO_READER)
            held = opened.enter_context(open_store(self._config))
            kept = read_exposure(reader, held.entropy, section.pitch_um, gain_thousandths)
            try:
                found = self._calibrated(kept.exposure)
            except ConfigError as error:
                self._refuse(error, kept, reader, asks=asks)
            self._keep(found)
            kept.let_go(reader)
            return found

    def _keep(self, found: Calibrated) -> None:
        """The file; and on the trail, for later images say another exposure index."""
        save_plate_calibration(found.made, self._file)
        if not (Path(self._config.store.path) / INDEX_NAME).exists():
            return  # no node has run here yet
        now = open_clock(self._config).now()
        with writing(self._config) as database, database.transaction() as connection:
            plate = f"{PLATE_OBJECT}{found.plate_id}"
            reader = f"reader {found.made.reader_serial or '?'}"
            audit.record(connection, now, who(), CALIBRATED, plate, reader)

    def _refuse(
        self, error: ConfigError, kept: KeptExposure, reader: CassetteReader, *, asks: bool
    ) -> NoReturn:
        """Says why. A plate is only erased when somebody says that it is no patient's."""
        typer.secho(self._speech.told(error.sentence), err=True, fg=typer.colors.RED)
        if not (asks and self._speech.is_agreed(ERASE)):
            raise ConfigError(STAYS) from error
        kept.let_go(reader)
        raise ConfigError(NOT_CALIBRATED) from error

    def _calibrated(self, exposure: FlatExposure) -> Calibrated:
        """Raises ConfigError where the exposure is not fit for it."""
        now = open_clock(self._config).now()
        return calibrated(exposure, self._before, self._kerma_ugy, now)
