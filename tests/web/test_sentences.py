"""Every text has both languages, every template's text is there, and none is left over."""

import re
from pathlib import Path

import firmware.web
from firmware.keeping import Condition
from firmware.moves import State
from firmware.web.plain_text import size
from firmware.web.sentences import TEXTS, Words
from hal.storage_array import MemberState, SmartHealth

FOLDER = Path(firmware.web.__file__).parent
MADE = re.compile(r"(lamp|button|side|state|id|done|preset|need|reading|member|smart)_|(on|off)$")
"""Put together of a word and a value."""


def sources() -> str:
    files = (
        *FOLDER.glob("templates/*.html"),
        *FOLDER.glob("*_page.py"),
        FOLDER / "doors.py",
        FOLDER / "app.py",
    )
    return "\n".join(file.read_text("utf-8") for file in files)


def test_every_text_of_a_template_is_there_in_both_languages() -> None:
    for key in re.findall(r"\bsay\.(\w+)", sources()):
        if key not in vars(Words):
            assert TEXTS[key].en
            assert TEXTS[key].fr


def test_none_is_left_over() -> None:
    text = sources()
    unused = [
        key
        for key in TEXTS
        if not MADE.match(key) and not re.search(rf"say\.{key}\b|\"{key}\"|'{key}'", text)
    ]
    assert unused == []


def test_every_state_has_words() -> None:
    say = Words("fr")
    for one in (*State, *Condition):
        if one is not Condition.GOOD:
            assert say.state(one.value) != one.value, one


def test_every_state_of_a_disk_has_words() -> None:
    say = Words("fr")
    for member in MemberState:
        assert say.member(member.value) != member.value, member
    for health in SmartHealth:
        assert say.smart(health.value) != health.value, health


def test_the_fields_are_the_same_in_both() -> None:
    for key, sentence in TEXTS.items():
        english, french = (re.findall(r"\{\w+\}", text) for text in (sentence.en, sentence.fr))
        assert sorted(english) == sorted(french), key


def test_no_text_is_hidden_by_a_method() -> None:
    """`say.KEY` would be the method."""
    assert not set(TEXTS) & set(dir(Words))


def test_sizes_as_people_read_them() -> None:
    assert [size(count, french=True) for count in (0, 999, 74_900_000_000, 3.8e6, 1.2e16)] == [
        "0 o",
        "999 o",
        "74,9 Go",
        "3,8 Mo",
        "12000,0 To",
    ]
    assert size(74_900_000_000, french=False) == "74.9 GB"
