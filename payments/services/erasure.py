"""Forgetting who pays."""

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q

from booking.models import Booking
from foundation.db.transactions import one_transaction
from payments.models import Payment


@one_transaction
def forget_guest_who_pays(*, email: str) -> None:
    """Forget an address of payments under way; of what they promise, nothing is sold any more.

    Where on the network they were begun is forgotten, too, and so it is of those that are through,
    which have no address themselves. Locks the guest's bookings, then these payments.
    """
    bookings = Booking.objects.select_for_update(no_key=True).filter(user=None, email=email)
    ids = [booking.pk for booking in bookings.order_by("pk")]
    Payment.objects.filter(Q(email=email) | Q(booking__in=ids)).update(email="", client="")


@one_transaction
def forget_who_pays(*, user: AbstractBaseUser) -> None:
    """Forget where on the network an account began its payments. Locks them."""
    Payment.objects.filter(user_id=user.pk).update(client="")
