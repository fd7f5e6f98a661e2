"""Erases a person from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from cinema.accounts.models import User
from cinema.erasure import erase_user, outlook
from foundation.errors import Refusal


class Command(BaseCommand):
    """Erases a user after asking; the books stay in order."""

    help = "Erase a user: release their holds, keep their bookings without a name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the user's name")
        parser.add_argument("--no-input", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist:
            raise CommandError(f"There is no user {options['username']}.") from None
        now = timezone.now()
        self.stdout.write(str(outlook(user, now=now)))
        if not options["no_input"] and input("Type yes to erase: ").strip().lower() != "yes":
            raise CommandError("Nothing was erased.")
        try:
            erase_user(user_id=user.pk, now=now)
        except Refusal as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        self.stdout.write("Erased.")
