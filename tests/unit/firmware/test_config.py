from pathlib import Path

import pytest

from firmware.config import load_config, parse_config
from firmware.config_cassette import CassetteReaderSection
from firmware.wiring import archive_settings
from hal.errors import ConfigError

EXAMPLE = Path(__file__).parents[3] / "docs/node.example.toml"
GOOD = """\
[station]
institution_name = "CH de Somain"

[store]
path = "data"

[archives.douai]
ae_title = "ORTHANC"
host = "192.0.2.7"
port = 104
"""


def test_a_minimal_configuration_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    file.write_text(GOOD)
    config = load_config(file)
    assert config.store.path == str(tmp_path / "data")
    assert (config.station.ae_title, config.station.listen_port) == ("SAPI_NODE", 11112)


def test_a_web_archives_secret_is_a_file_beside_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    web = 'url = "https://pacs.example.org/dicom-web"\nuser = "somain"\nsecret_file = "secret"'
    file.write_text(f"{GOOD}\n[archives.lille]\n{web}\n")
    settings = archive_settings(load_config(file), "lille")
    assert (settings.user, settings.secret) == ("somain", tmp_path / "secret")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("port = 104", 'port = "104"', 10, "expected a whole number"),
        ("port = 104", "port = 70000", 10, "at most 65535"),
        ("port = 104", "port = 104\nprot = 3", 11, "Did you mean port?"),
        ("port = 104", "port = 104\nzzz = 3", 11, "Known here: ae_title"),
        ("port = 104\n", "", 7, "Missing: port"),
        ("port = 104", 'port = 104\nurl = "https://a/dicom-web"', 7, "either a url"),
        ("port = 104", 'port = 104\n[worklist]\nhost = "ris"', 11, "Missing: ae_title, port"),
        (
            "port = 104",
            'port = 104\n[worklist]\nae_title = "RIS"\nhost = "r"\nport = 104\nfile = "a"',
            11,
            "keep one of them",
        ),
        (
            "port = 104",
            'port = 104\n[procedure_steps]\nae_title = "R"\nhost = "r"\nport = 104\ntls = true',
            15,
            "[procedure_steps] wants TLS",
        ),
        ("port = 104", 'port = 104\nsecret_file = "token"', 7, "beside url"),
        ("port = 104", "port = 104\ntls = true", 11, "add a [tls] section"),
        ("[archives.douai]", "[archives.-douai]", 7, "not allowed"),
        ("port = 104", "port = 104\ncommitment = true", 11, "'n-action', 'query' or 'none'"),
        ('ae_title = "ORTHANC"', 'ae_title = "A_TITLE_OF_17_CHAR"', 8, "at most 16 characters"),
        ('ae_title = "ORTHANC"', 'ae_title = "A\\\\B"', 8, "not allowed"),
        ('ae_title = "ORTHANC"', 'ae_title = "   "', 8, "not allowed"),
        ('path = "data"', 'path = ""', 5, "must not be empty"),
        ('host = "192.0.2.7"', 'host = ""', 7, "Missing: host"),
        ("port = 104", "port = 104\ncommitment_silence_s = inf", 11, "at most"),
        ("[station]", '[station]\ntimezone = "Paris"', 2, "not a time zone"),
        ("port = 104", "port = 104\n[[rules]]\nsend_to = ['duoai']", 11, "no such archive: douai"),
        ("port = 104", "port = 104\n[metrics]\nlisten = '0.0.0.0:9464'", 12, "no password"),
        ("port = 104", "port = 104\n[metrics]\nlisten = '127.0.0.1:99999'", 12, "127.0.0.1:9464"),
        ("port = 104", "port = 104\n[metrics]\nlisten = '127.0.0.1'", 12, "127.0.0.1:9464"),
        ("port = 104", "port = 104\n[keeping]\nevict_until_mib = 9", 12, "make it the larger"),
        ("port = 104", "port = 104\n[archives.lille]\nurl = 'pacs'", 12, "a web address"),
        ("[archives.douai]", "[archive]", 7, "write [archives.douai] instead"),
        ("[archives.douai]", "[archive.douai]", 7, "write [archives.douai] instead"),
        ("[store]", '[film]\nobject = "dicom"\n[store]', 5, "'multi-frame' or"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD.replace(old, new))
    for sentence in (caught.value.sentence.en, caught.value.sentence.fr):
        assert f"{line}" in sentence
    assert f"line {line}:" in str(caught.value)
    assert said in str(caught.value)


def test_an_old_archive_section_is_one_mistake() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD.replace("[archives.douai]", "[archive]"))
    assert len(str(caught.value).splitlines()) == 1


def test_a_configuration_without_archives_says_which_section_to_add() -> None:
    with pytest.raises(ConfigError, match=r"section such as \[archives.douai\]"):
        parse_config(GOOD.partition("[archives")[0])


def test_a_missing_file_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\(No such file or directory\)"):
        load_config(tmp_path / "missing.toml")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD.replace("port = 104", "port = 0").replace("path", "paht"))
    assert len(str(caught.value).splitlines()) == 3


def test_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(ConfigError, match="line 2"):
        parse_config("[station]\nx = = 3\n")


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_an_unreadable_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load_config(tmp_path / name)


def test_the_example_configuration_is_good() -> None:
    load_config(EXAMPLE)


def test_the_examples_cassette_reader_is_good_once_it_is_no_comment() -> None:
    """And it names everything that can be set of one."""
    text = EXAMPLE.read_text("utf-8")
    commented = text[text.index("# [cassette_reader]") : text.index("[archives.douai]")]
    config = parse_config(GOOD + commented.replace("# ", "", 1).replace("\n# ", "\n"))
    assert config.cassette_reader is not None
    assert config.cassette_reader.model_fields_set == CassetteReaderSection.model_fields.keys()


RULES = """
[archives.lille]
url = "https://pacs.example/dicom-web"
commitment = "query"

[[rules]]
procedure = ["*mammo*"]
send_to = ["lille"]

[[rules]]
from = "19:00"
until = 07:00:00
send_to = ["douai"]
also = ["lille"]
fallback = "lille"
fallback_after_min = 15
"""


def test_rules_are_read_in_order() -> None:
    first, second = (section.rule for section in parse_config(GOOD + RULES).rules)
    assert (first.send_to, first.procedure) == (("lille",), ("*mammo*",))
    assert (str(second.time_from), str(second.time_until)) == ("19:00:00", "07:00:00")
    assert (second.also, second.fallback, second.fallback_after_s) == (("lille",), "lille", 900.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('fallback = "lille"', 'fallback = "lens"', 20, "number 2 names lens"),
        ('send_to = ["douai"]', "send_to = []", 23, "at least one"),
        ('from = "19:00"', 'from = "7 pm"', 21, 'as "07:30"'),
        ('from = "19:00"', 'form = "19:00"', 21, "Did you mean from?"),
        ('also = ["lille"]', 'also = "lille"', 24, "a list in brackets"),
        ('url = "https', 'url = "ftp', 13, "a web address"),
    ],
)
def test_wrong_rules_are_told_with_their_line(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(GOOD + RULES.replace(old, new))
    assert f"line {line}:" in str(caught.value)
    assert said in str(caught.value)
