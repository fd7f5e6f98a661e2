"""`python -m benchmarks.peers.textbook.prepare USERS CAPACITY…` makes what a run needs.

Prints JSON: a token for each user, and the id of a new show for each capacity. With --sessions each
user is logged in, too, by a session whose key begins with that.
"""

import argparse
import json
import os

import django
from django.core.management import call_command


def main() -> None:
    """Make tables, users, and shows with their seats."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.textbook.settings"
    django.setup()
    # Django's own tables first: those without migrations refer to them.
    for run_syncdb in (False, True):
        call_command("migrate", run_syncdb=run_syncdb, verbosity=0, interactive=False)
    from django.contrib.auth.models import User
    from rest_framework_simplejwt.tokens import AccessToken

    from benchmarks.peers.textbook.models import Seat, Show
    from benchmarks.sessions import log_in

    parser = argparse.ArgumentParser()
    parser.add_argument("users", type=int)
    parser.add_argument("capacities", type=int, nargs="*")
    parser.add_argument("--sessions")
    given = parser.parse_args()
    wanted = [User(username=f"user{number}") for number in range(given.users)]
    User.objects.bulk_create(wanted, ignore_conflicts=True)
    shows = []
    for capacity in given.capacities:
        show = Show._default_manager.create(title="The Last Projectionist", capacity=capacity)
        Seat._default_manager.bulk_create(
            Seat(
                show=show,
                seat_number=n,
                row=f"{(n - 1) // 50}",
                position=(n - 1) % 50,
                kind="standard",
            )
            for n in range(1, capacity + 1)
        )
        shows.append(show.pk)
    users = User.objects.order_by("pk")[: given.users]
    tokens = [str(AccessToken.for_user(user)) for user in users]
    if given.sessions:
        log_in(users, prefix=given.sessions)
    print(json.dumps({"tokens": tokens, "shows": shows}))


if __name__ == "__main__":
    main()
