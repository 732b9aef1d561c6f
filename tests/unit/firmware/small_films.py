"""A film of a few bytes, published: what the index is told of it."""

from firmware.dicom.entry_reader import entry_of
from firmware.dicom.film import film_dataset
from firmware.dicom.part10 import part10_header
from firmware.index.entry import Entry
from firmware.store import PublishedFile, Store
from hal.values import Order, Uid
from tests.unit.dicom.films import STATION, film_image

PIXELS = bytes(range(70))


def publish_film(
    store: Store, order: Order, study: Uid, number: int
) -> tuple[Entry, PublishedFile]:
    """Number `number` of the study's only series."""
    image = film_image(
        order,
        study_instance_uid=study,
        series_instance_uid=Uid(f"{study}.1"),
        sop_instance_uid=Uid(f"{study}.1.{number}"),
        instance_number=number,
    )
    dataset = film_dataset(image)
    header = part10_header(dataset, len(PIXELS), STATION.ae_title)
    with store.incoming(image.sop_instance_uid, len(header.data) + len(PIXELS)) as file:
        file.write(header.data)
        file.write(PIXELS)
        published = file.publish()
    return entry_of(dataset, header.transfer_syntax_uid), published
