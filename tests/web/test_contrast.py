"""WCAG 2.2 AA, computed: every pair of colours that stands on the page."""

import re
from pathlib import Path

import pytest

import firmware.web

STATIC = Path(firmware.web.__file__).parent / "static"
TEXT, CONTROL = 4.5, 3.0  # 1.4.3 contrast (minimum); 1.4.11 non-text contrast
GROUNDS = ("ground", "surface", "raised")
PAIRS = (
    *((text, ground, TEXT) for text in ("text", "muted", "accent", "bad") for ground in GROUNDS),
    ("on-accent", "accent", TEXT),
    ("ground", "warn", TEXT),
    ("stop-text", "stop-ground", TEXT),
    *(("focus", ground, CONTROL) for ground in (*GROUNDS, "stop-ground")),
    *(("control", ground, CONTROL) for ground in GROUNDS),
    *((mark, "raised", CONTROL) for mark in ("good", "warn", "bad", "accent", "muted")),
    *(
        (f"lamp-{lamp}", ground, CONTROL)
        for lamp in ("ready", "working", "fault", "network")
        for ground in (*GROUNDS, "lamp-dark")
    ),
)


def colours() -> dict[str, str]:
    text = (STATIC / "colours.css").read_text("utf-8")
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_it_can_be_read(front: str, ground: str, least: float) -> None:
    found = colours()
    assert contrast(found[front], found[ground]) >= least


def test_the_reckoning_knows_black_and_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_no_colour_of_the_text_is_named_elsewhere() -> None:
    """Else a pair could stand on the page that nobody computed. Shadows and the film's own black
    are no pairs."""
    for sheet in STATIC.glob("*.css"):
        if sheet.name != "colours.css":
            named = re.findall(r"(?<!-)\bcolor: ([^;]+);", sheet.read_text("utf-8"))
            assert all(one.startswith("var(--") for one in named), sheet.name
