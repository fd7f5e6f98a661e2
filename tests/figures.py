"""What a process counts: this one's, and what another one answers at /metrics."""

import re
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.serve import Daphne
from foundation.metrics import registry

# How long something took is another story each time.
NOT_COMPARED = re.compile(r"_(?:bucket|sum|seconds)\b")
TOKEN = "a token for tests, of many characters"


def figures(metrics: Iterable[Metric] | None = None) -> dict[str, float]:
    """Return each series with its value, such as 'a_total{by="socket",to="show"}': 3."""
    return {
        _named(sample): sample.value
        for metric in metrics or registry.collect()
        for sample in metric.samples
    }


def _named(sample: Sample) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
    return f"{sample.name}{{{labels}}}" if labels else sample.name


def figures_of(server: Daphne, token: str = TOKEN) -> dict[str, float]:
    """Return what a server with the METRICS_TOKEN says."""
    request = urllib.request.Request(
        server.url("/metrics"), headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return figures(text_string_to_metric_families(answer.read().decode()))


@contextmanager
def moving() -> Iterator[dict[str, float]]:
    """Give, once it is over, which figures of this process moved meanwhile, and by how much."""
    before, moved = figures(), dict[str, float]()
    yield moved
    moved |= {
        name: value - before.get(name, 0)
        for name, value in figures().items()
        if value != before.get(name, 0)
        and name.startswith("front_row_")
        and not NOT_COMPARED.search(name)
    }
