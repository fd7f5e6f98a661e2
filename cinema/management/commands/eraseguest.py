"""Erases a guest from the command line."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from cinema.erasure import erase_guest
from foundation.errors import Refusal
from foundation.outbox.addresses import mail_address


class Command(BaseCommand):
    """Forgets an address after asking; the books stay in order."""

    help = "Forget the e-mail address of a guest: keep the bookings, and send nothing any more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the guest's address")
        parser.add_argument("--no-input", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            email = mail_address(options["email"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if not options["no_input"] and input(f"Type yes to erase {email}: ").strip() != "yes":
            raise CommandError("Nothing was erased.")
        try:
            erased = erase_guest(email=email)
        except Refusal as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        self.stdout.write(f"Erased; bookings kept without an address: {erased}.")
