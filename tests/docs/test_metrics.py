"""Every metric is in docs/metrics.md, with its kind and its labels, and no other is."""

import re
from typing import Any

from django.test import SimpleTestCase, tag

import booking.metrics
import realtime.metrics
from foundation.metrics import registry
from tests.docs.reading import documents

ROW = re.compile(r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([\w, ]*?) ?\| .+ \|$", re.MULTILINE)
SUFFIX = {"counter": "_total"}

Declared = dict[str, tuple[str, tuple[str, ...]]]


def declared() -> Declared:
    """Return the kind and the labels of each metric of the registry."""
    found: Declared = {}
    for collector in registry._collector_to_names:
        labels = getattr(collector, "_labelnames", ())
        # What is known of the process itself says so only when it is collected.
        for metric in getattr(collector, "describe", collector.collect)():
            found[metric.name + SUFFIX.get(metric.type, "")] = (metric.type, tuple(labels))
    return found


def documented(text: str) -> Declared:
    """Return those of the tables."""
    rows: Any = ROW.findall(text)
    return {
        name: (kind, tuple(labels.split(", ")) if labels else ()) for name, kind, labels in rows
    }


@tag("once")
class MetricsTests(SimpleTestCase):
    maxDiff = None

    def test_tables_have_what_is_declared(self) -> None:
        self.assertEqual(documented(documents()["docs/metrics.md"]), declared())

    def test_metrics_are_found(self) -> None:
        found = declared()
        for metrics in (booking.metrics, realtime.metrics):
            self.assertIn(metrics.__name__, ("booking.metrics", "realtime.metrics"))
        self.assertEqual(found["front_row_lag_seconds"], ("histogram", ()))
        self.assertEqual(found["front_row_bookings_total"], ("counter", ("change",)))
        self.assertEqual(found["process_open_fds"], ("gauge", ()))
        row = "| `a_total` | counter | b, c | what |\n| `d` | gauge | | what |\n"
        self.assertEqual(documented(row), {"a_total": ("counter", ("b", "c")), "d": ("gauge", ())})
