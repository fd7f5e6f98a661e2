"""The deployment under attack, and all that attacks and the visitor need on it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from booking.chain import link
from booking.models import SeatChange, SeatMap
from deploy.by_hand import Deployment
from deploy.services import Services
from tests import factories
from tests.abuse.innocent import Innocent
from tests.abuse.stage import Stage
from tests.live import static_root
from tests.programs import required
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent
HALL = "\n".join(["SSSSSSSSSSSSSSSSSSSS"] * 15)
SMALL_HALL = "\n".join(["SSSSSSSSSSS"] * 6)
LONG_LOG = 40_000
# The seats of the two front rows, which nobody finds the best.
INNOCENT_SEATS = range(1, 41)
SLACK_SECONDS = 30

# How often an attack met each status, close code or failure.
Met = Counter[str]

_networks = count(1)


class Site:
    """A deployment in whose name this process may make tokens."""

    def __init__(
        self, given: Services, *, env: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        required("nginx")
        keys = {"SECRET_KEY": settings.SECRET_KEY, "JWT_SIGNING_KEY": settings.JWT_SIGNING_KEY}
        self._given = given
        env = {**keys, "STAGE": "on", **(env or {})}
        self.deployment = Deployment(given, env=env, static_root=static_root(), **more)

    def stage(self, *, show_count: int = 0, log: int = 0) -> Stage:
        """Make shows and accounts for an attack."""
        movie = factories.movie()
        user, victim = factories.user(), factories.user(password=make_password(factories.PASSWORD))
        show = factories.show(of=movie, plan=HALL)
        room = factories.auditorium(plan="S")
        starts_at = timezone.now() + timedelta(days=1)
        return Stage(
            nginx_port=self.deployment.nginx.port,
            daphne_ports=[daphne.port for daphne in self.deployment.daphnes],
            database_url=self._given.database_url,
            show_id=show.pk,
            small_show_id=factories.show(of=movie, plan=SMALL_HALL).pk,
            logged_show_id=show_with_log(log) if log else show.pk,
            logged_version=log,
            username=user.username,
            token=str(AccessToken.for_user(user)),
            victim=victim.username,
            show_ids=[
                factories.show(of=movie, room=room, starts_at=starts_at + timedelta(hours=4 * n)).pk
                for n in range(show_count)
            ],
        )

    def attacked(
        self, *names: str, stage: Stage, seconds: float, may_wait: bool = False
    ) -> tuple[dict[str, Met], Innocent]:
        """Run attacks side by side, and a visitor beside them.

        Returns what each attack met, and the visitor. Each comes from addresses that no attack and
        no visitor had before, so that nothing is counted against them yet.
        """
        stages = [replace(stage, network=_new_network()) for _ in names]
        address = f"{_new_network()}.1"
        with self.innocent(stage, address=address, may_wait=may_wait) as innocent:
            attacks = [Attack(name, stages.pop(), seconds) for name in names]
            met = {each.name: each.met() for each in attacks}
            if may_wait:
                # What nobody can have while it is locked is to be had again at once.
                booked, joined = innocent.bookings, innocent.joins
                until(lambda: innocent.bookings > booked and innocent.joins > joined)
        return met, innocent

    def innocent(self, stage: Stage, *, address: str, may_wait: bool = False) -> Innocent:
        """Return a visitor with an account of their own."""
        return Innocent(
            port=self.deployment.nginx.port,
            address=address,
            show_id=stage.show_id,
            token=str(AccessToken.for_user(factories.user())),
            seats=INNOCENT_SEATS,
            may_wait=may_wait,
        )


class Attack:
    """An attack that runs in a process of its own."""

    def __init__(self, name: str, stage: Stage, seconds: float) -> None:
        self.name = name
        self._most_seconds = seconds + SLACK_SECONDS
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.abuse.attack", name, str(seconds), stage.to_json()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def met(self) -> Met:
        """Wait for its end, and return what it met."""
        try:
            out, errors = self.process.communicate(timeout=self._most_seconds)
        finally:
            self.process.kill()
        if self.process.returncode:
            raise RuntimeError(f"the attack {self.name} failed:\n{errors[-2000:]}")
        return Counter(json.loads(out))


def _new_network() -> str:
    """Return the first three bytes of addresses that nobody had before."""
    number = next(_networks)
    return f"127.{9 + number // 256}.{number % 256}"


def show_with_log(length: int) -> int:
    """Make a show whose seat map has had so many changes, an even number; return its id."""
    show = factories.show(plan=HALL)
    now = timezone.now()
    rows: list[Any] = []
    digest = show.seat_map.digest
    for version in range(1, length + 1):
        changes = [[1 + (version - 1) // 2 % 300, "ab"[version % 2]]]
        row = SeatChange(show_id=show.pk, version=version, changes=changes, at=now)
        row.digest = digest = link(digest, version, row.text)
        rows.append(row)
    SeatChange.objects.bulk_create(rows, batch_size=5000)
    SeatMap.objects.filter(pk=show.pk).update(version=length, digest=digest)
    return show.pk
