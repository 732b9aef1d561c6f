"""What stands on the display, read back from its images; each state is written as a PNG too."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from drivers.screen_layout import Sheet, pages
from drivers.screen_looks import BUTTONS, COLOUR, MONO, Colours, Look
from drivers.screen_text import BOLD, REGULAR, UNKNOWN, Face
from hal.errors import Sentence
from hal.panel import Button, PatientShown, Screen

ROOT = Path(__file__).parents[3]
CONTRAST_MIN = 4.5  # WCAG 2.2, 1.4.3 AA


def said(text: str) -> Sentence:
    return Sentence(en=text, fr=text)


KEYS = tuple((button, said("patient suivant")) for button in Button)
PATIENT = PatientShown("DUPONT-LEFÈVRE Éléonore", "07/11/1968", "F", "IPP0012345678")
STATES = {
    "choose": Screen(said("Est-ce bien ce patient ?"), said("Choisir"), PATIENT, "Thorax", (2, 14)),
    "scan": Screen(said("Numérisation ..."), said("Film"), PATIENT, progress=0.42, keys=KEYS[3:4]),
    "stop": Screen(
        said("Le bracelet est celui de MARTIN Jean, né le 01/02/1950. Vérifiez l'identité."),
        said("Autre patient !"),
        PATIENT,
        keys=KEYS[2:4],
        stops=True,
    ),
    "plain": Screen(said("Prêt. " + "1.2.826.0.1.3680043.8.498." * 3)),
    "full": Screen(said("Mot " * 60), said("Choisir"), PATIENT, "Thorax", (30, 30), 0.9, KEYS),
}
looks = pytest.mark.parametrize("look", [MONO, COLOUR], ids=["mono", "colour"])


@looks
@pytest.mark.parametrize("state", STATES)
def test_each_state_fits_the_display(look: Look, state: str, tmp_path: Path) -> None:
    drawn = pages(STATES[state], look, "fr")
    for number, page in enumerate(drawn):
        assert (page.mode, page.size) == (look.mode, look.size)
        page.save(tmp_path / f"{look.mode}-{state}-{number}.png")
    assert len({page.tobytes() for page in drawn}) == len(drawn)


@looks
def test_the_patient_stands_on_every_page(look: Look) -> None:
    drawn = pages(STATES["full"], look, "fr")
    other = replace(PATIENT, birth_date="08/11/1968")
    of_other = pages(replace(STATES["full"], patient=other), look, "fr")
    assert len(drawn) > 1
    for mine, theirs in zip(drawn, of_other, strict=True):
        assert mine.tobytes() != theirs.tobytes()


@looks
def test_the_birth_date_outlives_the_longest_name_and_number(look: Look) -> None:
    long = PatientShown("W" * 200, "07/11/1968", "F", "9" * 200)
    drawn = pages(Screen(said("Oui ?"), patient=long), look, "fr")
    other = pages(Screen(said("Oui ?"), patient=replace(long, birth_date="07/11/1969")), look, "fr")
    assert drawn[0].tobytes() != other[0].tobytes()


@pytest.mark.parametrize(
    "text", ["Le film de l'été " * 9, "1.2.3." * 40, "Prêt : oui ; non ! « a »"]
)
@pytest.mark.parametrize("width", [60, 120, 308])
def test_wrapping_loses_nothing_and_no_line_is_too_wide(text: str, width: int) -> None:
    face = Face(REGULAR, 10)
    lines = face.wrapped(text, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(face.width(line) <= width for line in lines)
    assert not any(line[0] in ":;!?»" for line in lines)


def test_a_hostile_name_is_one_line_of_known_letters() -> None:
    face = Face(BOLD, 10)
    assert face.clean("A\x00\x1b[2J\u202eB\n\tC\u0301 \u4e00") == f"A[2JB Ć {UNKNOWN}"
    assert face.shortened("Éléonore", 30).endswith("…")


def test_every_character_that_the_product_says_has_a_glyph() -> None:
    folders = ("firmware", "drivers", "hal")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    said = {char for file in files for char in file.read_text("utf-8") if char.isprintable()}
    assert set("éèàçÉ«»…") <= said
    for face in (Face(REGULAR, 10), Face(BOLD, 10), Face(BOLD, 22)):
        french = "".join(sorted(said | set("éèêëàâçîïôùûüœæÉÈÊÀÇŒÆ«»’…°")))
        assert face.clean(french).count(UNKNOWN) == french.count(UNKNOWN)


@looks
def test_a_screen_that_stops_looks_different_at_a_glance(look: Look) -> None:
    stop = pages(STATES["stop"], look, "fr")[0]
    calm = pages(replace(STATES["stop"], stops=False), look, "fr")[0]
    differ = sum(a != b for a, b in zip(pixels(stop), pixels(calm), strict=True))
    assert differ > 0.6 * look.size[0] * look.size[1]


@looks
def test_the_bar_grows_with_the_scan(look: Look) -> None:
    def bar(progress: float) -> bytes:
        return pages(replace(STATES["scan"], progress=progress), look, "fr")[0].tobytes()

    assert len({bar(step / 10) for step in range(11)}) == 11
    assert bar(1.0) == bar(7.0)


@pytest.mark.parametrize("colours", [COLOUR.calm, COLOUR.stop], ids=["calm", "stop"])
def test_colours_have_the_contrast_of_wcag_aa(colours: Colours) -> None:
    for text in (colours.text, colours.quiet):
        assert contrast(text, colours.ground) >= CONTRAST_MIN
    assert contrast(colours.heading, colours.heading_ground) >= CONTRAST_MIN


def test_each_button_has_a_name_in_both_languages() -> None:
    assert set(BUTTONS["fr"]) == set(BUTTONS["en"]) == set(Button)


def pixels(image: Image.Image) -> list[bytes]:
    data = image.convert("RGB").tobytes()
    return [data[start : start + 3] for start in range(0, len(data), 3)]


def contrast(one: object, other: object) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: object) -> float:
    assert isinstance(colour, tuple)
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@looks
@pytest.mark.parametrize("stops", [False, True])
def test_every_word_of_a_message_stands_on_one_of_the_pages(look: Look, stops: bool) -> None:
    words = " ".join(f"mot{number}" for number in range(60))
    sheet = Sheet(replace(STATES["full"], message=said(words), stops=stops), look, "fr")
    assert " ".join(line for page in sheet.messages for line in page) == words
    assert sheet.count >= len(sheet.messages)
