from typing import Any

from rich.console import Console

from firmware.tables import table

UID = "2.25." + "9" * 59  # 64 characters, the longest (PS3.5 9.1)
WHY = "The archive refused the image, and said at some length why it did so: " * 2
ROW = {"instance": UID, "state": "held", "due_at": "2026-11-24T07:48:45.1Z", "last_error": WHY}


def lines(*arguments: Any) -> list[str]:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(table(*arguments))
    return capture.get().splitlines()


def test_a_uid_is_whole_on_a_line_of_its_own() -> None:
    shown = lines("Waiting", ("state", "due_at"), [ROW], ("instance", "last_error"))
    assert shown[1:4] == ["state  due (UTC)", "held   2026-11-24 07:48:45", f"    {UID}"]


def test_nothing_is_wider_than_the_terminal() -> None:
    shown = lines("Waiting", ("state", "due_at"), [ROW], ("instance", "last_error"))
    assert max(map(len, shown)) <= 80
    assert all(line.startswith("    ") for line in shown[3:-1])


def test_columns_are_aligned_whatever_their_width() -> None:
    rows = [{"name": "EXEMPLE^Éléonore", "images": 1}, {"name": "LI", "images": None}]
    assert lines("Studies", ("name", "images"), rows)[1:4] == [
        "name              images",
        "EXEMPLE Éléonore  1",
        "LI",
    ]


def test_an_empty_table_says_so() -> None:
    assert lines("Waiting", ("state",), []) == ["Waiting: nothing"]
