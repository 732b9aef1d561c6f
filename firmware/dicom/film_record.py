"""What a later reader must know of how the film was scanned, in words and for programs.

Words go to Image Comments (0020,4000): it is in the General Image Module of every object, is
long enough, and viewers show it. The figures go to a private block, since DICOM has no attribute
for a digitizer's calibration, and Film Size ID (2010,0050) is for printers only.
"""

import json

from pydicom.datadict import add_private_dict_entries
from pydicom.dataset import Dataset

from firmware.imaging.density import DensityCalibration
from firmware.imaging.film_sizes import FilmSize
from hal.errors import Sentence
from hal.values import Priority

PRIVATE_GROUP = 0x0077
PRIVATE_CREATOR = "SAPI_NODE"
# (vendor's element, VR): (0077,xx01) and on.
CALIBRATION_ELEMENT = (0x01, "UT")
DENSITY_AT_P_VALUE_0_ELEMENT = (0x02, "FD")
DENSITY_AT_P_VALUE_65535_ELEMENT = (0x03, "FD")
FILM_SIZE_NAME_ELEMENT = (0x04, "LO")
FILM_SIZE_ID_ELEMENT = (0x05, "CS")
PRIORITY_ELEMENT = (0x06, "CS")
URGENT = "URGENT"

# An archive that does not know them gives them back as UN (PS3.5 6.2.2): pydicom reads them again
# as what they are.
add_private_dict_entries(
    PRIVATE_CREATOR,
    {
        PRIVATE_GROUP << 16 | 0x1000 | element: (vr, "1", "SAPI node record", "")
        for element, vr in (
            CALIBRATION_ELEMENT,
            DENSITY_AT_P_VALUE_0_ELEMENT,
            DENSITY_AT_P_VALUE_65535_ELEMENT,
            FILM_SIZE_NAME_ELEMENT,
            FILM_SIZE_ID_ELEMENT,
            PRIORITY_ELEMENT,
        )
    },
)

OUT_OF_REACH = Sentence(
    en="Digitized film: densities above OD {density_max} are out of the digitizer's reach.",
    fr="Film numérisé : les densités supérieures à {density_max} sont hors de portée du "
    "numériseur.",
)
CALIBRATED = Sentence(
    en="Density calibrated ({method}, {day}).", fr="Densité étalonnée ({method}, {day})."
)
NOT_CALIBRATED = Sentence(
    en="Density not calibrated: nominal values.",
    fr="Densité non étalonnée : valeurs nominales.",
)
FILM_SIZE = Sentence(en="Film {name}.", fr="Film {name}.")


def calibration_sentence(calibration: DensityCalibration) -> Sentence:
    if not calibration.measured:
        return NOT_CALIBRATED
    day = calibration.made_at.date().isoformat() if calibration.made_at else "?"
    return CALIBRATED.fill(method=calibration.method[:100], day=day)


def _out_of_reach(density_max: float) -> Sentence:
    figure = f"{density_max:g}"
    return Sentence(
        en=OUT_OF_REACH.en.format(density_max=figure),
        fr=OUT_OF_REACH.fr.format(density_max=figure.replace(".", ",")),
    )


def comments(calibration: DensityCalibration, film_size: FilmSize | None) -> str:
    """French first, as its readers are, then English."""
    sentences = [_out_of_reach(calibration.density_max), calibration_sentence(calibration)]
    if film_size:
        sentences.append(FILM_SIZE.fill(name=film_size.name))
    french = " ".join(sentence.fr for sentence in sentences)
    english = " ".join(sentence.en for sentence in sentences)
    return f"{french} / {english}"


def add_record(
    dataset: Dataset, calibration: DensityCalibration, film_size: FilmSize | None
) -> None:
    block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    record = json.dumps(calibration.to_json(), ensure_ascii=False)
    block.add_new(*CALIBRATION_ELEMENT, record)
    block.add_new(*DENSITY_AT_P_VALUE_0_ELEMENT, calibration.density_max)
    block.add_new(*DENSITY_AT_P_VALUE_65535_ELEMENT, 0.0)
    if film_size:
        block.add_new(*FILM_SIZE_NAME_ELEMENT, film_size.name)
    if film_size and film_size.film_size_id:
        block.add_new(*FILM_SIZE_ID_ELEMENT, film_size.film_size_id)


def add_priority(dataset: Dataset, priority: Priority) -> None:
    """No image attribute says that it was urgent, and the queue must know again from the file."""
    if priority is Priority.URGENT:
        block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
        block.add_new(*PRIORITY_ELEMENT, URGENT)


def is_urgent(dataset: Dataset) -> bool:
    try:
        block = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)
    except KeyError:
        return False
    return PRIORITY_ELEMENT[0] in block and block[PRIORITY_ELEMENT[0]].value == URGENT
