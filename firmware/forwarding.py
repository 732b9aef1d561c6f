"""The workers that bring images to the archives: two each, so that none waits for another's.

`forwarder NAME` sends, `commitment NAME` asks and hears; each has an index connection of its own.
"""

from collections.abc import Callable, Iterator

from firmware.commitment import Commitment
from firmware.config import NodeConfig
from firmware.events import Listener
from firmware.forwarder import Forwarder
from firmware.index.catalogue import Catalogue
from firmware.index.database import Database
from firmware.index.outbox import Outbox
from firmware.runtime import Worker
from hal.devices import Devices


def forwarder_name(destination: str) -> str:
    return f"forwarder {destination}"


def forwarding(
    config: NodeConfig,
    devices: Devices,
    open_database: Callable[[], Database],
    tell: Listener,
) -> Iterator[tuple[str, Worker]]:
    """(name, worker) of each."""
    clock, entropy = devices.clock, devices.entropy
    for name, section in config.archives.items():
        archive, database = devices.archives[name], open_database()
        catalogue, outbox = Catalogue(database, clock, entropy), Outbox(database, clock)
        forwarder = Forwarder(name, archive, catalogue, outbox, devices.disk, clock, tell)
        yield forwarder_name(name), forwarder
        commitment = Commitment(
            name,
            archive,
            Outbox(open_database(), clock),
            entropy,
            tell,
            section.commitment_silence_s,
            section.commitment == "n-action",
        )
        yield f"commitment {name}", commitment
