"""What a process counts about itself: its registry, and what the foundation puts there.

Each process has its own figures and is asked by itself (`foundation.web.metrics`). No label takes a
value that a visitor chooses, so the number of series is bounded by the code. docs/metrics.md says
what each of them means.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

# Seconds, from what the event loop answers by itself to what nobody waits for any more.
TIMES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# They would double the series of every counter.
disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry()
ProcessCollector(registry=registry)


def counter(name: str, what: str, *labels: str) -> Counter:
    """Declare a counter of the house; its name ends with _total."""
    return Counter(name, what, labels, registry=registry)


def gauge(name: str, what: str, *labels: str) -> Gauge:
    """Declare a gauge of the house."""
    return Gauge(name, what, labels, registry=registry)


def histogram(name: str, what: str, *labels: str) -> Histogram:
    """Declare a histogram of seconds of the house."""
    return Histogram(name, what, labels, registry=registry, buckets=TIMES)


REQUESTS = counter(
    "front_row_requests_total",
    "Requests answered, handshakes of sockets included",
    "route",
    "method",
    "status",
)
REQUEST_SECONDS = histogram(
    "front_row_request_seconds", "Time from a request to the beginning of its answer", "route"
)
WAIT_SECONDS = histogram(
    "front_row_thread_wait_seconds", "Time that requests waited for a thread", "pool"
)
LOOP_LATE = histogram(
    "front_row_loop_late_seconds", "How much later than it should the event loop did something"
)
THREADS = gauge("front_row_threads", "Threads that requests are answered on", "pool")
THREAD_WAITING = gauge("front_row_thread_waiting", "Requests that wait for a thread", "pool")
THREAD_REFUSALS = counter(
    "front_row_thread_refusals_total", "Requests turned away since too many wait", "pool", "of"
)

REFUSALS = counter(
    "front_row_refusals_total", "Operations refused, by the code of the reason", "code"
)
RETRIES = counter(
    "front_row_retries_total", "Times that an operation met contention and was redone", "operation"
)
GIVEN_UP = counter(
    "front_row_given_up_total",
    "Operations that contention kept from being done at all",
    "operation",
)

READY = gauge(
    "front_row_ready",
    "Whether this process can serve, by its last look at the database, and is not about to end",
)
DATABASE_ERRORS = counter(
    "front_row_database_errors_total",
    "Requests that the database failed, or kept waiting for too long",
)
CACHE_UP = gauge("front_row_cache_up", "Whether the shared cache answered when it was last asked")

CHECK_FAULTS = gauge(
    "front_row_check_faults", "Faults that a check found when it last looked", "check"
)
CHECK_TIME = gauge(
    "front_row_check_timestamp_seconds", "When a check last looked; 0 before the first", "check"
)
BUILD = gauge("front_row_build_info", "Always 1; says which version runs", "version")
