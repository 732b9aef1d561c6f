"""What a Prometheus would read of a whole node, and that the dashboard asks for exactly that."""

import json
import logging
import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from firmware.config import MetricsSection
from firmware.events import Committed, NotSent, Stored
from firmware.node import Node
from hal.errors import ConfigError
from sim.free_port import free_port
from tests.node.conftest import World

DASHBOARD = Path(__file__).parents[2] / "docs/grafana-dashboard.json"
Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


@pytest.fixture
def watched(world: World) -> World:
    listen = f"127.0.0.1:{free_port()}"
    world.config = world.config.model_copy(update={"metrics": MetricsSection(listen=listen)})
    return world


def scrape(world: World) -> tuple[set[str], Samples]:
    """(names of families, samples)."""
    text = httpx.get(f"http://{world.config.metrics.listen}/metrics").text
    families = list(text_string_to_metric_families(text))
    samples: Samples = {}
    for family in families:
        for sample in family.samples:
            key = tuple(sorted(sample.labels.items()))
            samples.setdefault(sample.name, {})[key] = sample.value
    return {family.name for family in families}, samples


TO = (("destination", "SIM_ARCHIVE"),)


def test_a_film_is_counted_on_its_way(watched: World) -> None:
    watched.start()
    watched.press()
    stored = watched.wait_for(Stored)
    watched.wait_for(NotSent)
    _, samples = scrape(watched)
    queued = (*TO, ("state", "queued"))
    assert samples["sapi_queue_images"] == {queued: 1}
    assert 0 <= samples["sapi_queue_oldest_age_seconds"][queued] < 60
    assert samples["sapi_send_failures_total"][(*TO, ("kind", "tried again"))] == 1
    watched.open_archive()
    watched.retry_now()
    watched.wait_for(Committed)
    _, samples = scrape(watched)
    size_bytes = (watched.folder / "node" / stored.path).stat().st_size
    assert "sapi_queue_images" not in samples, "nothing waits"
    assert samples["sapi_sent_bytes_total"][TO] == size_bytes
    assert samples["sapi_sent_images_total"][TO] == 1
    assert samples["sapi_press_to_committed_seconds_count"][TO] == 1
    assert samples["sapi_scans_total"] == {(("result", "stored"),): 1}
    assert samples["sapi_disk_free_bytes"][()] > 0
    assert samples["sapi_scrub_oldest_check_age_seconds"][()] < 3600


def test_the_dashboard_asks_for_exactly_what_there_is(watched: World) -> None:
    watched.start()
    exported, _ = scrape(watched)
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    text = " ".join(
        [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        + [variable["query"] for variable in dashboard["templating"]["list"]]
    )
    asked = {
        re.sub(r"_(total|bucket|count|sum)$", "", name) for name in re.findall(r"\bsapi_\w+", text)
    }
    assert asked == exported
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_a_taken_port_is_one_sentence(watched: World) -> None:
    watched.start()
    other = World(watched.folder / "other", Path(watched.config.sim.film))
    try:
        other.config = other.config.model_copy(update={"metrics": watched.config.metrics})
        with pytest.raises(ConfigError, match=r"metrics\.listen"):
            Node(other.config, other.devices)
    finally:
        other.close()


@pytest.mark.parametrize("listen", ["0.0.0.0:9464", "pacs.example:9464", "127.0.0.1"])
def test_it_is_never_on_the_network(listen: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        MetricsSection(listen=listen)


def test_the_log_has_one_line_an_event_and_no_names(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.open_archive()
    with caplog.at_level(logging.DEBUG, "sapi"):
        world.start()
        world.press()
        world.wait_for(Committed)
        world.stop_node()
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("sapi")]
    assert [line for line in lines if line.startswith("event=Committed ")]
    for order in world.devices.worklist.orders():
        for part in filter(None, re.split(r"\W+", order.patient.name)):
            assert not [line for line in lines if part in line]
        assert not [line for line in lines if order.patient.patient_id in line]
    assert not [line for line in lines if "\n" in line]
