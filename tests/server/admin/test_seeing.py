"""Metrics: what they say, that they say nothing of anybody, and that dashboard and alerts ask for what there is."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import sqlalchemy as sa
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from portal.server.core import metrics
from portal.server.upkeep import gauges
from portal.server.upkeep.exposition import Exposition, MetricsPortError
from tests.browser.portal_process import free_port
from tests.server.feedback.desk import Desk

DEPLOY = Path(__file__).parents[3] / "deploy"
CANARY = "kanarienvogel"
OF_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"instance", "job", "le"}
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}


@pytest.fixture(scope="module")
def shown(installation: Desk) -> Iterator[str]:
    """What Prometheus reads after a few requests, each with a word that must not get there."""
    client = installation.app.test_client()
    for path in (f"/api/rooms/{CANARY}/record", f"/api/{CANARY}", f"/{CANARY}", f"/r?{CANARY}=1", "/say", "/healthz"):
        client.get(path, headers={"User-Agent": CANARY, "X-Request-ID": CANARY})
    port = free_port()
    exposition = Exposition("127.0.0.1", port, (metrics.REGISTRY, gauges.registry(installation.portal)))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        yield answer.read().decode()
    with pytest.raises(MetricsPortError, match=str(port)):
        Exposition("127.0.0.1", port, ())
    exposition.close()


@pytest.fixture(scope="module")
def families(shown: str) -> dict[str, Metric]:
    """The metrics by the names that queries use."""
    found = list(text_string_to_metric_families(shown))
    return {family.name + suffix: family for family in found for suffix in SUFFIXES.get(family.type, [""])}


def asked() -> Iterator[tuple[str, str]]:
    """Every query of the dashboard and the alerts, with where it stands."""
    board = json.loads((DEPLOY / "grafana/portal.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$instance", ".*")
    for note in board["annotations"]["list"]:
        yield note["name"], note["expr"].replace("$instance", ".*")
    for rule in rules():
        yield rule["alert"], rule["expr"]


def rules() -> list[dict[str, Any]]:
    read = yaml.safe_load((DEPLOY / "prometheus/portal.rules.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def selectors(query: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels that a query names; raises if it is no PromQL."""
    names: set[str] = set()
    labels: set[str] = set()

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            names.add(str(node.name))
            labels.update(matcher.name for matcher in node.matchers.matchers)
        elif isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            labels.update(node.modifier.labels)
        return True

    promql_parser.walk(promql_parser.parse(query), visit)
    return names, labels


def test_dashboard_and_alerts_ask_for_metrics_and_labels_that_exist(families: dict[str, Metric]) -> None:
    used: set[str] = set()
    for place, query in asked():
        names, labels = selectors(query)
        assert names <= families.keys() | OF_PROMETHEUS, place
        known = {label for name in names - OF_PROMETHEUS for label in labels_of(families[name])}
        assert labels <= known | LABELS_OF_PROMETHEUS, place
        used |= names
    ours = {family.name for family in families.values() if family.name.startswith("portal_")}
    told = {families[name].name for name in used - OF_PROMETHEUS}
    assert ours - told == set(), "measured, and shown nowhere"


def labels_of(family: Metric) -> set[str]:
    """The labels of a metric; of one that has not counted anything yet, by its definition."""
    tallies = (tally for tally in vars(metrics).values() if isinstance(tally, metrics.Tally | metrics.HourlyTally))
    defined = {tally.name: set(tally.labels) for tally in tallies}
    return defined.get(family.name, set()).union(*(sample.labels for sample in family.samples))


def test_each_alert_says_what_is_and_what_to_do() -> None:
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found) > 20
    for rule in found:
        assert rule["annotations"].keys() == {"summary", "do"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) <= {"instance", "check"}


def test_no_label_holds_what_somebody_sent(shown: str, families: dict[str, Metric], installation: Desk) -> None:
    assert CANARY not in shown
    routes = {sample.labels["route"] for sample in families["portal_http_requests_total"].samples}
    assert {"/healthz", "none"} <= routes
    assert routes <= {rule.rule for rule in installation.app.url_map.iter_rules()} | {"none"}
    assert routes.isdisjoint({"/say", "/r"}), "what citizens ask for is told by the hour alone"


def test_citizens_requests_show_when_their_hour_is_over() -> None:
    now_s = [7200.0]
    tally = metrics.HourlyTally("test_hourly", "A test.", ("status",), clock_s=lambda: now_s[0])
    try:
        tally.add("2xx")
        now_s[0] += 3599
        tally.add("2xx")
        assert samples(tally) == {}
        now_s[0] += 1
        tally.add("5xx")
        assert samples(tally) == {("2xx",): 2}
    finally:
        metrics.REGISTRY.unregister(tally)


def samples(tally: metrics.HourlyTally) -> dict[tuple[str, ...], float]:
    (family,) = tally.collect()
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def test_a_database_that_is_away_is_a_number_too(installation: Desk) -> None:
    made = gauges.Gauges(installation.portal)
    engine = installation.portal.database.engine
    url, installation.portal.database.engine = engine, sa.create_engine("sqlite:////nowhere/none.sqlite3")
    found = {family.name: family.samples for family in made.collect()}
    installation.portal.database.engine = url
    assert found["portal_database_up"][0].value == 0
    assert {sample.labels["check"]: sample.value for sample in found["portal_finding"]}["database"] == 2
