"""The journal is read by many: it has UIDs and figures, never a name."""

import dataclasses
import logging
import typing

import pytest

from firmware.event_log import line, write_event
from firmware.events import Event, NotSent, RowsArrived, Sent, Stored
from hal.errors import Sentence
from hal.values import Uid

UID = Uid("2.25.7")
STORED = Stored(UID, "instances/00/2.25.7.dcm", 10, 8, "ab" * 32, 1.0, 0.0123)


@pytest.mark.parametrize("kind", typing.get_args(Event), ids=lambda kind: kind.__name__)
def test_no_event_has_a_place_for_a_person(kind: type) -> None:
    names = {field.name for field in dataclasses.fields(kind)}
    assert not names & {"order", "patient", "name", "patient_id", "birth_date"}


def test_a_line_is_the_event_key_by_key() -> None:
    assert line(Sent(UID, "PACS OF X", 0.5)) == (
        'event=Sent sop_instance_uid=2.25.7 destination="PACS OF X" send_s=0.500'
        ' warning="" size_bytes=0 took_s=0.000'
    )
    assert "last_row_to_durable_s=0.012" in line(STORED)


def test_trouble_is_a_warning_in_english(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sapi.event"):
        write_event(NotSent(UID, "PACS", Sentence("It is down.", "En panne."), will_retry=True))
        write_event(STORED)
        write_event(RowsArrived(1, 10, 16, 0.1))
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert '"It is down."' in caplog.messages[0]
