"""A new version, deployed by deploy/roll.sh while people book and watch."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from deploy.containers.images import ROOT
from tests.containers.case import ContainerCase
from tests.deploy.rolling import SEATS_OF_A_BUYER, Buyers, Regulars

BUYERS = 5
EVERY = 0.5  # some ten bookings a second, of all buyers together
SOCKETS = 500
# The sample data's auditoriums have seats that nobody may book alone.
SHOW = f"""
from decimal import Decimal
from booking.models import Movie
from booking.services.auditoriums import create_auditorium
from booking.services.shows import create_show
from django.utils import timezone
hall = create_auditorium(name="Rolling", plan="\\n".join(["S" * {SEATS_OF_A_BUYER}] * {BUYERS}))
tomorrow = timezone.now() + timezone.timedelta(days=1)
print(create_show(movie=Movie.objects.first(), auditorium=hall, starts_at=tomorrow,
                  price=Decimal(10), premium_surcharge=Decimal(0), no_gaps=False).pk)
"""


class RollingTests(ContainerCase):
    def test_replicas_are_replaced_without_a_failed_request_or_a_gap(self) -> None:
        """The sockets fail on a gap or a repeat."""
        compose = self.compose
        old = {each["Id"] for each in compose.containers("web")}
        show = int(self.manage("shell", "-c", SHOW).splitlines()[-1])
        tokens = [self.sign_up(f"buyer{number}") for number in range(BUYERS)]
        with (
            ThreadPoolExecutor(1) as pool,
            Regulars(compose, f"/ws/shows/{show}/", SOCKETS) as regulars,
            Buyers(compose, show, tokens, every=EVERY) as buyers,
        ):
            regulars.until(regulars.have_joined)
            rolling = pool.submit(self.roll)
            regulars.until(lambda: rolling.done() and regulars.are_back(), seconds=300)
            rolling.result()
            self.assertEqual(buyers.failures, [])
            self.assertEqual(regulars.cut, [])
            pace = buyers.pace()
        new = {each["Id"] for each in compose.containers("web")}
        self.assertEqual((len(new), old & new), (2, set()))
        self.assertGreaterEqual(len(regulars.away), SOCKETS)
        print(
            f"containers: {pace} while the replicas were replaced, none failed; "
            f"{SOCKETS} sockets went {len(regulars.away)} times, "
            f"and were away for {median(regulars.away):.1f} s (median)",
            flush=True,
        )

    def roll(self) -> None:
        """Deploy the version that is here, which is the same again."""
        done = subprocess.run(
            ["deploy/roll.sh"], cwd=ROOT, env=self.compose.env, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
