"""What the API says of payments."""

from rest_framework import serializers

from foundation.web.bodies import Body
from payments.addresses import address_of, page_url
from payments.models import Payment


class PaidBookingSerializer(Body):
    """What the seats were sold as."""

    id = serializers.IntegerField()
    reference = serializers.CharField()


class PaymentSerializer(Body):
    """How far a payment is."""

    id = serializers.CharField(help_text="What it is known by; who has it may see the payment.")
    provider = serializers.CharField(help_text="Blank where there was nothing to pay.")
    state = serializers.ChoiceField(
        Payment.State.choices,
        help_text=(
            "`started` until it is paid on the provider's page, `unknown` while nobody can say, "
            "`authorised` and then `captured` once the seats are sold; else nothing was charged."
        ),
    )
    reason = serializers.CharField(help_text="Why it failed or was cancelled, for people.")
    amount = serializers.DecimalField(max_digits=9, decimal_places=2)
    currency = serializers.CharField()
    url = serializers.CharField(help_text="Where it is to be paid; blank where there is no page.")
    page = serializers.CharField(help_text="Our page about it, where people come back to.")
    until = serializers.DateTimeField(help_text="The seats are held until then.")
    booking = PaidBookingSerializer(allow_null=True)

    @classmethod
    def of_payment(cls, payment: Payment) -> dict[str, object]:
        """Return the body of a payment."""
        booking = payment.booking and PaidBookingSerializer.of(payment.booking)
        url = payment.url if payment.state == Payment.State.STARTED else ""
        return cls.of(
            payment,
            id=address_of(payment),
            page=page_url(payment),
            booking=booking,
            url=url,
        )
