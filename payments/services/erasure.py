"""Forgetting who pays."""

from foundation.db.transactions import one_transaction
from payments.models import Payment


@one_transaction
def forget_guest_who_pays(*, email: str) -> None:
    """Forget an address of payments under way; of what they promise, nothing is sold any more.

    Locks these payments. Those that are through have no address.
    """
    Payment.objects.filter(email=email).update(email="")
