"""What is said of a plate that is being read, and of what the reader kept."""

from firmware.plate_events import PlateFound
from hal.errors import Sentence

NO_CASSETTE = Sentence(
    en="There is no cassette in the reader: put it in, then press SCAN.",
    fr="Aucune cassette dans le lecteur : insérez-la, puis appuyez sur NUMÉRISER.",
)
NOT_READ = Sentence(
    en="The scan was stopped. The plate was not read: its image is still on it.",
    fr="La numérisation a été arrêtée. La plaque n'a pas été lue : son image y est encore.",
)
NODE_STOPS = Sentence(
    en="The node stops. The reader keeps the image: leave the cassette in it.",
    fr="Le poste s'arrête. Le lecteur conserve l'image : laissez la cassette en place.",
)
ROWS_MISSING = Sentence(
    en="The reader sent {rows} of {rows_total} rows. It keeps the image: leave the cassette in it.",
    fr="Le lecteur a envoyé {rows} lignes sur {rows_total}. Il conserve l'image : laissez la "
    "cassette en place.",
)
FETCHED = Sentence(
    en="The image that the cassette reader kept (plate {plate}) is stored now, under the order it "
    "was begun with.",
    fr="L'image que le lecteur de cassettes conservait (plaque {plate}) est maintenant stockée, "
    "sous la demande d'origine.",
)
NOBODYS = Sentence(
    en="The cassette reader kept an image that nobody here knows (plate {plate}). It is stored as "
    "{name}, number {number}: find out whose it is.",
    fr="Le lecteur de cassettes conservait une image inconnue de ce poste (plaque {plate}). Elle "
    "est stockée sous {name}, numéro {number} : retrouvez à qui elle est.",
)
NOT_DURABLE = Sentence(
    en="The image of plate {plate} is not stored here any more as it was written: the plate is not "
    "erased, and the reader keeps its image. Call service.",
    fr="L'image de la plaque {plate} n'est plus stockée ici telle qu'elle a été écrite : la plaque "
    "n'est pas effacée et le lecteur conserve son image. Appelez la maintenance.",
)
NOT_NOTED = Sentence(
    en="The image of plate {plate} is stored and the plate is erased, but the index could not note "
    "that it is. The cassette can be used. Have the disks checked.",
    fr="L'image de la plaque {plate} est stockée et la plaque est effacée, mais l'index n'a pas pu "
    "le noter. La cassette peut resservir. Faites vérifier les disques.",
)

PLATE = Sentence(en="Plate {plate}: {columns} x {rows}.", fr="Plaque {plate} : {columns} x {rows}.")
PLATE_WITH_INDEX = Sentence(
    en="Plate {plate}: {columns} x {rows}. Exposure index {index:.0f}.",
    fr="Plaque {plate} : {columns} x {rows}. Indice d'exposition {index:.0f}.",
)


def plate_found(event: PlateFound) -> Sentence:
    said = {"plate": event.plate_id, "columns": event.columns, "rows": event.rows}
    if event.exposure_index is None:
        return PLATE.fill(**said)
    return PLATE_WITH_INDEX.fill(**said, index=event.exposure_index)
