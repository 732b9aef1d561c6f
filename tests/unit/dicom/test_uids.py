import uuid

from firmware.dicom.uids import (
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    new_uid,
)


class Given:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def random_bytes(self, count: int) -> bytes:
        assert count == len(self.data)
        return self.data


def test_the_number_is_a_random_uuid() -> None:
    for data in (bytes(16), b"\xff" * 16, bytes(range(16))):
        uid = new_uid(Given(data))
        assert uid == f"2.25.{uuid.UUID(bytes=data, version=4).int}"


def test_it_fits_in_a_ui_value() -> None:
    assert len(new_uid(Given(b"\xff" * 16))) <= 64


def test_chance_decides() -> None:
    assert new_uid(Given(bytes(16))) != new_uid(Given(bytes(15) + b"\x01"))


def test_the_implementation_names_itself_within_the_limits() -> None:
    number = int(IMPLEMENTATION_CLASS_UID.removeprefix("2.25."))
    assert uuid.UUID(int=number).version == 4
    assert 1 <= len(IMPLEMENTATION_VERSION_NAME) <= 16
