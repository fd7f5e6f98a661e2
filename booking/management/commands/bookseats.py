"""Books seats from the command line, for the counter and for scripts."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from booking.services.sales import book_seats
from foundation.errors import Refusal


class Command(BaseCommand):
    """Books seats for a user; every live map shows them."""

    help = "Book seats of a show for a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("show", type=int, help="the show's id")
        parser.add_argument("seat_numbers", type=int, nargs="+", metavar="seat_number")
        parser.add_argument("--user", required=True, help="the user's name")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model()
        try:
            user = users.objects.get_by_natural_key(options["user"])
        except users.DoesNotExist:
            raise CommandError(f"There is no user {options['user']}.") from None
        if not user.is_active:
            raise CommandError(f"The account {user} is not active.")
        try:
            booking = book_seats(
                show_id=options["show"],
                seat_numbers=options["seat_numbers"],
                user=user,
                now=timezone.now(),
                at_counter=True,
            )
        except Refusal as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        self.stdout.write(f"Booked: {booking.reference}")
