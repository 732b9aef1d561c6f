"""Several archives, one port for their reports: each report reaches the archive it came from."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE

from drivers.dicom_commitment import REPORTS_MAX, SOP_CLASS, SOP_INSTANCE
from drivers.open_archives import open_archives
from hal.archive import Archive
from hal.devices import ArchiveSettings, DeviceSettings
from sim.free_port import free_port

HOST = "127.0.0.1"
TAKEN_S = 10.0


class Node:
    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.port = free_port()
        settings = DeviceSettings(
            store_root=folder,
            ae_title="SAPI_NODE",
            listen_host=HOST,
            listen_port=self.port,
            listen_tls_port=free_port(),
            archives=(
                ArchiveSettings("douai", "DOUAI", HOST, free_port()),
                ArchiveSettings("lille", "LILLE", HOST, free_port()),
                ArchiveSettings("lens", "LILLE", HOST, free_port()),
                ArchiveSettings("arras", "LILLE", HOST, free_port(), reports=False),
                ArchiveSettings("cloud", url="https://127.0.0.1:1/dicom-web"),
            ),
            language="fr",
        )
        self.archives: dict[str, Archive] = open_archives(settings, opened)

    def report_from(self, ae_title: str) -> str:
        entity = AE(ae_title)
        entity.add_requested_context(SOP_CLASS)
        association = entity.associate(HOST, self.port, ae_title="SAPI_NODE")
        assert association.is_established
        information = Dataset()
        information.TransactionUID = generate_uid()
        status, _ = association.send_n_event_report(information, 1, SOP_CLASS, SOP_INSTANCE)
        association.release()
        assert status.Status == 0
        return str(information.TransactionUID)

    def reported_to(self, name: str, timeout_s: float = 0.0) -> str | None:
        report = self.archives[name].next_report(timeout_s)
        return report and report.transaction_uid


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with ExitStack() as opened:
        yield Node(tmp_path, opened)


def test_a_report_reaches_the_archive_that_it_came_from(node: Node) -> None:
    transaction = node.report_from("DOUAI")
    assert node.reported_to("douai", TAKEN_S) == transaction
    assert [node.reported_to(name) for name in ("douai", "lille", "lens")] == [None] * 3


def test_two_archives_under_one_title_both_hear_it(node: Node) -> None:
    transaction = node.report_from("LILLE")
    assert node.reported_to("lille", TAKEN_S) == node.reported_to("lens", TAKEN_S) == transaction
    assert node.reported_to("douai") is None


def test_a_namesake_that_nobody_asks_does_not_fill_up_with_the_others_reports(node: Node) -> None:
    """Else, after so many, each report would be answered with a failure, and come for ever."""
    for _ in range(REPORTS_MAX + 1):
        transaction = node.report_from("LILLE")
        assert node.reported_to("lille", TAKEN_S) == transaction
        assert node.reported_to("lens", TAKEN_S) == transaction
    assert node.reported_to("arras") is None


def test_a_stranger_is_not_let_in(node: Node) -> None:
    entity = AE("STRANGER")
    entity.add_requested_context(SOP_CLASS)
    assert entity.associate(HOST, node.port, ae_title="SAPI_NODE").is_rejected
