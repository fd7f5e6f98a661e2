"""What alerts and the dashboard ask for is what the processes tell."""

import json
import re
from collections.abc import Iterator
from typing import Any
from unittest import mock

import promql_parser as promql
import yaml
from django.test import SimpleTestCase, tag

from foundation.metrics import registry
from foundation.web.metrics import PATH
from tests.docs.reading import ROOT, documents
from tests.docs.test_metrics import declared
from tests.docs.test_names import anchors_in

# Its threads have names, which are labels. Other tests of this process want Daphne as it is.
with mock.patch("foundation.server.guards.install"):
    import cinema.asgi  # noqa: F401

FOLDER = ROOT / "deploy" / "prometheus"
# What Prometheus adds to each series, and what it and node_exporter know themselves.
ADDED = {"job", "instance"}
FOREIGN = {
    "up": set[str](),
    "node_filesystem_avail_bytes": {"fstype", "mountpoint"},
    "node_filesystem_size_bytes": {"fstype", "mountpoint"},
}
OF_HISTOGRAM = {"_bucket": {"le"}, "_sum": set[str](), "_count": set[str]()}
# A label in what people read: of Prometheus, and of Grafana.
IN_TEXT = re.compile(r"\{\{ ?(?:\$labels\.)?(\w+) ?\}\}")
# What Grafana puts there.
INTERVAL = "$__rate_interval"


def series() -> dict[str, set[str]]:
    """Return the labels of every series that there can be, by its name."""
    found = dict(FOREIGN)
    for name, (kind, labels) in declared().items():
        if kind == "histogram":
            found |= {name + end: {*labels, *more} for end, more in OF_HISTOGRAM.items()}
        else:
            found[name] = set(labels)
    return found


def values(name: str, label: str) -> set[str]:
    """Return the values that a label of a series has from the start."""
    return {
        sample.labels[label]
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == name and label in sample.labels
    }


def parts(expression: str) -> tuple[list[promql.VectorSelector], set[str]]:
    """Return the selectors of an expression, and the labels that it groups by."""
    selectors: list[promql.VectorSelector] = []
    grouped = set[str]()

    def visit(part: Any) -> None:
        if isinstance(part, promql.MatrixSelector):
            selectors.append(part.vector_selector)
        elif isinstance(part, promql.VectorSelector):
            selectors.append(part)
        elif isinstance(part, promql.AggregateExpr) and part.modifier:
            grouped.update(part.modifier.labels)

    promql.walk(promql.parse(expression.replace(INTERVAL, "5m")), visit)
    return selectors, grouped


def mistakes(expression: str, text: str = "") -> set[str]:
    """Return what an expression, and the text beside it, ask for that no process tells."""
    known, selectors, labels = series(), *parts(expression)
    there, wrong = set(ADDED), set[str]()
    for selector in selectors:
        if selector.name not in known:
            wrong.add(str(selector.name))
            continue
        own = known[selector.name]
        there |= own
        for matcher in selector.matchers.matchers:
            name, is_one = matcher.name, matcher.op == promql.MatchOp.Equal
            if name not in own | ADDED:
                wrong.add(f"{selector.name}: {name}")
            elif is_one and name in own and matcher.value not in values(selector.name, name):
                wrong.add(f"{selector.name}: {matcher.value}")
    return wrong | ((labels | set(IN_TEXT.findall(text))) - there)


def alerts() -> Iterator[dict[str, Any]]:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    for group in rules["groups"]:
        yield from group["rules"]


def targets() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return what the dashboard asks for, by the title of its panel."""
    for panel in json.loads((FOLDER / "dashboard.json").read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target


@tag("once")
class PrometheusTests(SimpleTestCase):
    def test_alerts_ask_for_what_there_is(self) -> None:
        for alert in alerts():
            with self.subTest(alert["alert"]):
                text = alert["annotations"]["summary"]
                self.assertEqual(mistakes(alert["expr"], text), set())
                self.assertIn(alert["labels"]["severity"], ("page", "ticket"))

    def test_each_alert_leads_to_what_to_do_and_each_paragraph_has_an_alert(self) -> None:
        text = documents()["docs/operations.md"]
        [section] = re.findall(r"^## What to do when\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
        named = {f"docs/operations.md#{anchor}" for anchor in anchors_in(section)}
        self.assertEqual({alert["annotations"]["runbook"] for alert in alerts()}, named)

    def test_dashboard_asks_for_what_there_is(self) -> None:
        for title, target in targets():
            with self.subTest(title):
                self.assertEqual(mistakes(target["expr"], target["legendFormat"]), set())

    def test_scraped_is_what_the_alerts_ask_for(self) -> None:
        [scraped] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
        asked = {
            matcher.value
            for alert in alerts()
            for selector in parts(alert["expr"])[0]
            for matcher in selector.matchers.matchers
            if matcher.name == "job"
        }
        self.assertEqual(asked, {scraped["job_name"]})
        self.assertEqual(scraped.get("metrics_path", "/metrics"), PATH)
        compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
        [found] = scraped["dns_sd_configs"]
        [name] = found["names"]
        daphnes = compose["services"]["nginx"]["environment"]["FRONT_ROW_DAPHNES"]
        self.assertIn(f"server {name}:{found['port']} ", daphnes)
        self.assertIn(name, compose["services"])

    def test_mistakes_are_found(self) -> None:
        for expression, text, wrong in (
            ("front_row_redy", "", {"front_row_redy"}),
            ("sum by (pol) (front_row_threads)", "", {"pol"}),
            ('front_row_threads{pol="http"}', "", {"front_row_threads: pol"}),
            ('front_row_threads{pool="htp"}', "", {"front_row_threads: htp"}),
            ('rate(front_row_threads{pool="http"}[$__rate_interval])', "{{pool}} {{on}}", {"on"}),
            ("up", "{{ $labels.instance }} of {{ $labels.host }}, {{ $value }}", {"host"}),
            ("sum by (le) (rate(front_row_lag_seconds_bucket[5m]))", "", set()),
            ("front_row_lag_seconds", "", {"front_row_lag_seconds"}),
        ):
            with self.subTest(expression):
                self.assertEqual(mistakes(expression, text), wrong)
