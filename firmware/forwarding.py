"""The workers that bring images to the archives: two each, so that none waits for another's.

`forwarder NAME` sends, `commitment NAME` asks and hears; each has an index connection of its own.
"""

from collections.abc import Callable, Iterator
from typing import cast

from firmware.commitment import Commitment
from firmware.config import NodeConfig
from firmware.config_archives import ArchiveSection
from firmware.confirmation import Confirmation
from firmware.duplicates import Duplicates
from firmware.events import Listener
from firmware.forwarder import Forwarder
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database
from firmware.index.lines import Lines
from firmware.index.outbox import Outbox
from firmware.index.outbox_table import jitter_of
from firmware.index.proofs import Proofs
from firmware.index.renditions import Renditions
from firmware.index.sent_as import SentAs
from firmware.outgoing import Outgoing
from firmware.recoder import Recoder
from firmware.runtime import Worker
from firmware.store import Store
from firmware.syntax_choice import SyntaxChoice
from hal.archive_query import QueriedArchive
from hal.devices import Devices
from hal.negotiation import NegotiatingArchive

RECODER = "recoder"


def forwarder_name(destination: str) -> str:
    return f"forwarder {destination}"


def forwarding(
    config: NodeConfig,
    devices: Devices,
    store: Store,
    open_database: Callable[[], Database],
    tell: Listener,
) -> Iterator[tuple[str, Worker]]:
    """(name, worker) of each."""
    clock, entropy = devices.clock, devices.entropy
    jitter = jitter_of(entropy)
    for name, section in config.archives.items():
        archive, database = devices.archives[name], open_database()
        catalogue = Catalogue(database, clock, entropy)
        choice = syntax_choice(config, devices, name, database)
        outgoing = None
        if choice.can_compress:
            sent_as, renditions = SentAs(database, clock), Renditions(database)
            outgoing = Outgoing(choice, archive, catalogue, sent_as, renditions, store, clock, tell)
        yield (
            forwarder_name(name),
            Forwarder(
                name,
                archive,
                catalogue,
                Outbox(database, clock, jitter),
                devices.disk,
                clock,
                tell,
                section.hold_after_refusals,
                jitter,
                outgoing,
            ),
        )
        yield f"commitment {name}", proof(name, section, devices, store, open_database(), tell)


def syntax_choice(
    config: NodeConfig, devices: Devices, name: str, database: Database
) -> SyntaxChoice:
    return SyntaxChoice(
        name,
        config.archives[name].compression,
        isinstance(devices.archives[name], NegotiatingArchive),
        Lines(database, devices.clock),
        Renditions(database),
        config.compression.image_mib_max * 2**20,
    )


def recoder(
    config: NodeConfig, devices: Devices, store: Store, database: Database, tell: Listener
) -> Recoder | None:
    """None where no archive takes anything made small. What a crash left is put right."""
    every = (syntax_choice(config, devices, name, database) for name in config.archives)
    worker = Recoder(
        store,
        Renditions(database),
        Lines(database, devices.clock),
        tuple(choice for choice in every if choice.can_compress),
        devices.clock,
        tell,
        devices.giving_way,
    )
    worker.recover()
    return worker if worker.choices else None


def proof(
    name: str,
    section: ArchiveSection,
    devices: Devices,
    store: Store,
    database: Database,
    tell: Listener,
) -> Commitment | Confirmation:
    """Whoever finds out whether the archive keeps what it accepted."""
    archive, clock = devices.archives[name], devices.clock
    jitter = jitter_of(devices.entropy)
    proofs = Proofs(database, clock, jitter)
    duplicates = Duplicates(name, archive, proofs, store, clock, tell)
    if section.commitment == "query":
        lists = cast(QueriedArchive, archive)  # every driver's archive can be asked
        return Confirmation(
            name, lists, proofs, clock, tell, section.hold_after_denials, duplicates
        )
    return Commitment(
        name,
        archive,
        Outbox(database, clock, jitter),
        devices.entropy,
        tell,
        section.commitment_silence_s,
        section.commitment == "n-action",
        section.hold_after_denials,
        duplicates,
    )
