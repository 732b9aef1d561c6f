"""Reconciliation's worker, put together: of a node, or of a command while no node runs."""

from firmware.config import NodeConfig
from firmware.dicom.film import Station
from firmware.events import Listener
from firmware.index.catalogue import Catalogue
from firmware.index.corrections import Corrections
from firmware.index.database import Database
from firmware.index.fetches import Fetches
from firmware.index.keeping import Keeping
from firmware.reconciliation_worker import ReconciliationWorker
from firmware.scrub import Scrub
from firmware.store import Store
from hal.clock import Clock, Entropy


def reconciliation_worker(
    config: NodeConfig,
    clock: Clock,
    entropy: Entropy,
    store: Store,
    database: Database,
    tell: Listener,
) -> ReconciliationWorker:
    return ReconciliationWorker(
        store=store,
        corrections=Corrections(database, clock),
        catalogue=Catalogue(database, clock, entropy),
        fetches=Fetches(database, clock),
        scrub=Scrub(store, Keeping(database, clock), tell, config.keeping.verify_days, clock),
        station=station_of(config),
        timezone=config.station.zone,
        route=config.route,
        clock=clock,
        entropy=entropy,
        listener=tell,
    )


def station_of(config: NodeConfig) -> Station:
    station = config.station
    return Station(
        institution_name=station.institution_name,
        station_name=station.station_name,
        department_name=station.department_name,
        ae_title=station.ae_title,
    )
