"""Where a payment's page is: under a signed address, which is all that one needs to see it."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from payments.errors import PaymentNotFound
from payments.models import Payment

# What the address says where a provider leads somebody back.
BACK = "back"


def address_of(payment: Payment) -> str:
    """Return the part of the path that names a payment and that nobody can guess."""
    return _signer().sign(str(payment.pk))


def payment_id_of(address: str) -> int:
    """Return which payment an address names. Raises PaymentNotFound."""
    try:
        return int(_signer().unsign(address))
    except BadSignature:
        raise PaymentNotFound from None


def page_url(payment: Payment) -> str:
    """Return the whole address of its page."""
    return f"{settings.SITE_URL}{reverse('payment', args=[address_of(payment)])}"


def _signer() -> Signer:
    return Signer(salt="payments.page", sep=".")
