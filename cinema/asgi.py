"""The ASGI application: HTTP on a fixed number of threads, sockets on the event loop."""

import asyncio
import os
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema.settings")
http_application = get_wsgi_application()

from django.conf import settings  # noqa: E402  (Django must be set up first)
from django.utils import timezone  # noqa: E402

from booking import events  # noqa: E402
from booking.pages.holds import sells_held_seats  # noqa: E402
from booking.selectors.audit import audit_to_come  # noqa: E402
from cinema import VERSION, status  # noqa: E402
from cinema.accounts.hashing import hashes_password  # noqa: E402
from cinema.logs import masked  # noqa: E402
from foundation.metrics import BUILD  # noqa: E402
from foundation.outbox import figures, worker  # noqa: E402
from foundation.server import guards  # noqa: E402
from foundation.server.background import beside_serving, on_the_loop, until_the_end  # noqa: E402
from foundation.server.lateness import Lateness  # noqa: E402
from foundation.server.observed import Observed, log_answer  # noqa: E402
from foundation.server.start_checks import StartCheck  # noqa: E402
from foundation.server.threads import FairThreads  # noqa: E402
from foundation.server.wsgi_adapter import ThreadedHTTP  # noqa: E402
from foundation.web.clients import address_in  # noqa: E402
from foundation.web.handlers import too_many_waiting  # noqa: E402
from foundation.web.health import Readiness  # noqa: E402
from foundation.web.metrics import MetricsEndpoint, count_answer  # noqa: E402
from payments.selectors.audit import faults  # noqa: E402
from realtime.event_stream import EventStreamEndpoint  # noqa: E402
from realtime.kept_pages import KeptPages  # noqa: E402
from realtime.routing import socket_application  # noqa: E402
from realtime.seat_map import SeatMapEndpoint  # noqa: E402
from stage.endpoint import StageEndpoint  # noqa: E402

_http = ThreadedHTTP(
    http_application,
    threads=FairThreads(
        settings.HTTP_THREADS, waiting=settings.HTTP_WAITING_PER_CLIENT, name="http"
    ),
    address_in=address_in,
    refused=too_many_waiting,
    slow_threads=FairThreads(
        settings.HASH_THREADS,
        waiting=settings.HASHES_WAITING_PER_CLIENT,
        in_all=settings.HASHES_WAITING,
        name="hash",
    ),
    is_slow=hashes_password,
    can_wait=sells_held_seats,
)
_audit = StartCheck(
    "audit of the shows to come",
    lambda: [
        *(line for report in audit_to_come(timezone.now()) for line in report.lines),
        *faults(timezone.now(), after=timezone.now()),
    ],
)
BUILD.labels(VERSION).set(1)
beside_serving("house status", status.keep_telling)
beside_serving("outbox figures", figures.keep_counting)
if settings.WORKER:
    until_the_end("worker", worker.work)
guards.install(address_in=address_in, mask=masked)
_readiness = Readiness(
    StageEndpoint(EventStreamEndpoint(SeatMapEndpoint(KeptPages(_http))), door=_http),
    also=lambda: {"audit": _audit.result},
    is_heard=events.is_heard,
)
on_the_loop(_readiness.watch)
on_the_loop(Lateness().watch)
_protocols = ProtocolTypeRouter(
    {
        "http": MetricsEndpoint(_readiness),
        "websocket": socket_application,
    }
)
_observed = Observed(_protocols, observers=[log_answer, count_answer])


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve one connection, and tell `booking.events` which loop this process serves on."""
    events.use_loop(asyncio.get_running_loop())
    await _observed(scope, receive, send)
