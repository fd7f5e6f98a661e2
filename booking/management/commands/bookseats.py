"""Books seats from the command line, for the counter and for scripts."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from booking.errors import BookingError
from booking.services.bookings import book_seats


class Command(BaseCommand):
    """Books seats for a user; every live map shows them."""

    help = "Book seats of a show for a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("show", type=int, help="the show's id")
        parser.add_argument("seat_numbers", type=int, nargs="+", metavar="seat_number")
        parser.add_argument("--user", required=True, help="the user's name")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        try:
            booking = book_seats(
                show_id=options["show"],
                seat_numbers=options["seat_numbers"],
                user=user,
                now=timezone.now(),
            )
        except BookingError as error:
            raise CommandError(f"{error.detail} ({error.code})") from error
        self.stdout.write(f"Booked: {booking.reference}")
