"""The node: its workers, put together over one set of devices."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from pydicom import Dataset

from firmware.acquisition import Acquisition, FilmSettings
from firmware.acquisition_worker import AcquisitionWorker
from firmware.adoption import Adoption
from firmware.audit_witness import AuditWitness
from firmware.calibration_file import load_calibration
from firmware.certificate_watch import CertificateWatch
from firmware.code_worker import CodeWorker
from firmware.config import NodeConfig
from firmware.dicom.file_meta import this_release
from firmware.dicom.film import FilmImage, FilmObject, film_dataset
from firmware.dicom.performed_step import PerformedStep
from firmware.event_log import write_event
from firmware.events import (
    Accepted,
    AcceptsSyntaxes,
    Adopted,
    AuditHead,
    Event,
    Evicted,
    FileDamaged,
    Imported,
    Listener,
    MadeSmall,
    NotImported,
    Reconciled,
    Recovered,
    ScanFailed,
    Stored,
    WorkerFailed,
)
from firmware.forwarding import RECODER, forwarder_name, forwarding, recoder
from firmware.import_worker import ImportWorker
from firmware.index.catalogue import Catalogue, Reservation
from firmware.index.database import Database, migrate
from firmware.index.examinations import Examinations
from firmware.index.film_fingerprints import FilmFingerprints
from firmware.index.implementations import Implementations
from firmware.index.imports import Imports
from firmware.index.keeping import Keeping
from firmware.index.notices import Notices
from firmware.index.outbox import Outbox
from firmware.index.outbox_table import jitter_of
from firmware.index.procedure_steps import ProcedureSteps
from firmware.index.scheduled import Scheduled
from firmware.ins import InsPlacement
from firmware.keepers import keepers
from firmware.looks_worker import LooksWorker
from firmware.metrics import Metrics
from firmware.metrics_read import NodeReader
from firmware.metrics_server import MetricsServer
from firmware.panel_worker import CancelFlag, LookOrdered, PanelWorker, ScanEnd, ScanOrdered
from firmware.plate_acquisition import DEVICE as CASSETTE_READER
from firmware.plate_acquisition import PlateAcquisition
from firmware.plate_events import KeptPlateStored
from firmware.plate_wiring import plate_acquisition
from firmware.plates_worker import PlatesWorker
from firmware.procedure_steps import PROCEDURE_STEPS, ProcedureStepsWorker
from firmware.queue_watch import QueueWatch
from firmware.reconciliation_wiring import reconciliation_worker, station_of
from firmware.reconciliation_worker import ReconciliationWorker
from firmware.recording import Recording
from firmware.recovery import recover
from firmware.runtime import Channel, OnFailure, Runtime, ThreadRuntime
from firmware.same_film import SameFilmWatch
from firmware.store import Store
from firmware.web.opening import open_page
from firmware.web.watched_panel import WatchedPanel
from firmware.web.way import Extension
from firmware.worklist_worker import WORKLIST, OrdersKept, PanelOrders, WorklistWorker
from hal.devices import Devices
from hal.errors import Sentence

log = logging.getLogger("sapi.node")
INDEX_NAME = "index.sqlite3"
ADOPTION = "adoption"
NEW_IMAGE = Stored | Adopted | Reconciled | KeptPlateStored


class Node:
    """Owns its store from construction to `close`.

    The simulation passes its own runtime, way to open the index, and short data sets.
    """

    def __init__(
        self,
        config: NodeConfig,
        devices: Devices,
        listener: Listener | None = None,
        *,
        runtime: Callable[[OnFailure], Runtime] = ThreadRuntime,
        open_index: Callable[[Path], Database] = Database,
        describe_film: Callable[[FilmImage], Dataset] = film_dataset,
        page_extensions: tuple[Extension, ...] = (),
    ) -> None:
        self.config = config
        self.devices = devices
        self._listener = listener
        self._databases: list[Database] = []
        self._open_index = open_index
        self._describe_film = describe_film
        self._runtime = runtime(self._worker_failed)
        self._panel_events: Channel[Event] = self._runtime.channel()
        self._scan_ends: Channel[ScanEnd] = self._runtime.channel()
        self._scans: Channel[ScanOrdered] = self._runtime.channel()
        self._orders_kept: Channel[OrdersKept] = self._runtime.channel()
        self._looks: Channel[LookOrdered] = self._runtime.channel()
        self._codes: Channel[str] = self._runtime.channel()
        self._cancel = CancelFlag()
        self._is_stopping = False
        self._metrics: Metrics | None = None
        self._metrics_server: MetricsServer | None = None
        index = Path(config.store.path) / INDEX_NAME
        self._web = open_page(config, devices, index, page_extensions)
        devices.disk.lock()
        try:
            self.store = Store(devices.disk, config.store.reserve_mib * 2**20)
            self.store.prepare()
            database = self._database()
            database.make_log_durable()
            migrate(database)
            self._recover()
            self._assemble()
            self._serve_metrics()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        self._runtime.start()
        if self._web is not None:
            self._web.page.wake = self._runtime.wake
            self._web.server.start()

    def wake(self, worker: str) -> None:
        """There is something new for it to find: it need not rest any longer."""
        self._runtime.wake(worker)

    def stop(self) -> None:
        self._is_stopping = True
        self._cancel.raised = True  # a scan takes minutes: its film is scanned again
        self._runtime.stop()
        self.close()

    def close(self) -> None:
        if self._web is not None:
            self._web.server.close()
        if self._metrics_server is not None:
            self._metrics_server.close()
            self._metrics_server = None
        for database in self._databases:
            database.close()
        self.devices.disk.unlock()

    def tell(self, event: Event) -> None:
        """Every worker's listener: log, panel, forwarder, and whoever else listens."""
        write_event(event)
        if self._metrics is not None:
            self._metrics.hear(event)
        if self._web is not None:
            self._web.hear(event)
        match event:
            case Stored() | ScanFailed():
                self._scan_ends.put(event)
            case (
                AcceptsSyntaxes()
                | MadeSmall()
                | Accepted()
                | AuditHead()
                | Evicted()
                | Reconciled()
                | Imported()
                | NotImported()
            ):
                pass  # the panel has nothing to say of them
            case _:
                self._panel_events.put(event)
        if isinstance(event, NEW_IMAGE | AcceptsSyntaxes) and self._recodes:
            self._runtime.wake(RECODER)
        if isinstance(event, NEW_IMAGE | Accepted | MadeSmall):
            for name in self.config.archives:
                self._runtime.wake(forwarder_name(name))
        if isinstance(event, FileDamaged):
            self._runtime.wake("retrieval")
        if isinstance(event, Evicted) and self.store.waiting:
            self._runtime.wake(ADOPTION)
        if self._listener is not None:
            self._tell_outside(self._listener, event)

    def _tell_outside(self, listener: Listener, event: Event) -> None:
        """Whatever goes wrong there, a stored image is stored and a worker goes on."""
        try:
            listener(event)
        except Exception:
            log.exception("listener of %s", type(event).__name__)

    def outbox(self) -> Outbox:
        return Outbox(self._database(), self.devices.clock, jitter_of(self.devices.entropy))

    def _assemble(self) -> None:
        devices = self.devices
        panel = PanelWorker(
            WatchedPanel(devices.panel, self._web.page.board) if self._web else devices.panel,
            devices.clock,
            self._panel_events,
            self._scan_ends,
            self._scans,
            self._cancel,
            PanelOrders(self._orders_kept, self.config.station.zone),
            devices.entropy,
            self._looks,
            self._codes,
            self.config.panel.times,
            partial(self._runtime.wake, WORKLIST),
        )
        films = self._database()
        self._visits = self._procedure_steps()
        self.acquisition = Acquisition(
            devices.film_scanner,
            self.store,
            Catalogue(films, devices.clock, devices.entropy),
            devices.clock,
            self._film_settings(),
            self.tell,
            self._describe_film,
            examinations=self._examinations(films),
            performed=self._performed,
            doubts=self._cancel.doubts,
        )
        seen = FilmFingerprints(self._database(), devices.clock)
        self.acquisition.same_film = SameFilmWatch(
            seen, self.tell, devices.clock, self.config.station.zone
        )
        self._runtime.add("panel", panel)
        self._runtime.add("looks", self._looks_worker())
        if devices.barcode_reader is not None:
            self._runtime.add("codes", CodeWorker(devices.barcode_reader, self._codes))
        plates = self._plates()
        self._runtime.add(
            "acquisition",
            AcquisitionWorker(self.acquisition, self._scans, self._cancel, self.tell, plates),
        )
        if plates is not None:
            self._runtime.add("plates", PlatesWorker(plates, self.tell))
        senders = forwarding(self.config, devices, self.store, self._database, self.tell)
        for name, worker in senders:
            self._runtime.add(name, worker)
        scheduled = Scheduled(self._database(), devices.clock)
        worklist = WorklistWorker(
            devices.worklist,
            scheduled,
            devices.clock,
            self._orders_kept,
            InsPlacement(self.config.station.ins),
        )
        self._runtime.add(WORKLIST, worklist)
        if devices.procedure_steps is not None:
            told = ProcedureStepsWorker(
                devices.procedure_steps, self._procedure_steps(), self._film_settings().station
            )
            self._runtime.add(PROCEDURE_STEPS, told)
        self._recodes = self._add_recoder()
        if self.config.tls is not None:
            peers = {**devices.archives, "RIS": devices.worklist, "MPPS": devices.procedure_steps}
            watch = CertificateWatch(peers, devices.clock, self.tell)
            self._runtime.add("certificates", watch)
        self._runtime.add("queue watch", self._queue_watch())
        self._runtime.add("import", self._import_worker())
        self._runtime.add("reconciliation", self._reconciliation_worker())
        self._add_keepers()
        self._runtime.add("audit witness", AuditWitness(self._database(), self.tell))

    def _examinations(self, database: Database) -> Examinations:
        return Examinations(database, self.devices.clock)

    def _looks_worker(self) -> LooksWorker:
        examinations = self._examinations(self._database())
        return LooksWorker(
            self._looks, examinations, self.store, self.config.panel.times, self.tell
        )

    def _add_recoder(self) -> bool:
        worker = recoder(self.config, self.devices, self.store, self._database(), self.tell)
        if worker is not None:
            self._runtime.add(RECODER, worker)
        return worker is not None

    def _serve_metrics(self) -> None:
        if not self.config.metrics.listen:
            return
        devices, index = self.devices, Path(self.config.store.path) / INDEX_NAME
        read = NodeReader(
            lambda: Database(index, read_only=True), devices.disk, devices.archives, devices.clock
        )
        self._metrics = Metrics(devices.clock, read)
        self._metrics_server = MetricsServer(self._metrics.registry, *self.config.metrics.address)

    def _queue_watch(self) -> QueueWatch:
        database = self._database()
        keep = partial(Notices(database, self.devices.clock).keep, "queue")
        return QueueWatch(database, tuple(self.config.archives), self.tell, keep)

    def _import_worker(self) -> ImportWorker:
        database, clock = self._database(), self.devices.clock
        return ImportWorker(
            self.store,
            Catalogue(database, clock, self.devices.entropy),
            Imports(database, clock),
            Implementations(database),
            self.config.route,
            self.tell,
            self.config.station.zone,
        )

    def _reconciliation_worker(self) -> ReconciliationWorker:
        clock, entropy = self.devices.clock, self.devices.entropy
        return reconciliation_worker(
            self.config, clock, entropy, self.store, self._database(), self.tell
        )

    def _add_keepers(self) -> None:
        made = keepers(
            self.config,
            self.devices,
            self.devices.archives,
            self.store,
            self._database,
            self.tell,
        )
        for name, worker in made:
            self._runtime.add(name, worker)

    def _procedure_steps(self) -> ProcedureSteps:
        jitter = jitter_of(self.devices.entropy)
        zone = self.config.station.zone
        return ProcedureSteps(self._database(), self.devices.clock, zone, jitter)

    def _performed(self, place: Reservation, at: datetime) -> PerformedStep:
        is_told = self.devices.procedure_steps is not None
        study, image = place.study_instance_uid, place.sop_instance_uid
        return self._visits.step_of(study, image, at, is_told=is_told)

    def _recording(self, device: str, database: Database) -> Recording:
        """Of one worker: `database` is its own, and so are the visits that it asks for."""
        visits, is_told = self._procedure_steps(), self.devices.procedure_steps is not None

        def performed(place: Reservation, at: datetime) -> PerformedStep:
            study, image = place.study_instance_uid, place.sop_instance_uid
            return visits.step_of(study, image, at, is_told=is_told)

        return Recording(
            device,
            Catalogue(database, self.devices.clock, self.devices.entropy),
            self.config.route,
            self._examinations(database),
            performed,
            self.config.panel.look_s,
            self._cancel.doubts,
        )

    def _plates(self) -> PlateAcquisition | None:
        reader = self.devices.cassette_reader
        if reader is None:
            return None
        database = self._database()
        return plate_acquisition(
            self.config,
            self.devices,
            reader,
            self.store,
            database,
            self._recording(CASSETTE_READER, database),
            self._runtime.channel(),
            self.tell,
            lambda: self._is_stopping,
        )

    def _keeping(self) -> Keeping:
        return Keeping(self._database(), self.devices.clock)

    def _film_settings(self) -> FilmSettings:
        station, film = self.config.station, self.config.film
        return FilmSettings(
            resolution_dpi=film.resolution_dpi,
            film_object=FilmObject(film.object),
            calibration=load_calibration(Path(film.calibration)) if film.calibration else None,
            station=station_of(self.config),
            route=self.config.route,
            timezone=station.zone,
            look_s=self.config.panel.look_s,
        )

    def _database(self) -> Database:
        database = self._open_index(Path(self.config.store.path) / INDEX_NAME)
        self._databases.append(database)
        return database

    def _catalogue(self) -> Catalogue:
        return Catalogue(self._database(), self.devices.clock, self.devices.entropy)

    def _recover(self) -> None:
        Implementations(self._database()).remember(this_release(self.config.station.ae_title))
        index, route = (self._catalogue(), self._keeping()), self.config.route
        found = recover(self.store, *index, route)
        if found.put_off:
            self.store.waiting = frozenset(found.put_off)
            self._runtime.add(ADOPTION, Adoption(self.store, *index, route, self.tell))
        if found != Recovered():
            self.tell(found)

    def _worker_failed(self, worker: str, sentence: Sentence) -> None:
        self.tell(WorkerFailed(worker, sentence))
