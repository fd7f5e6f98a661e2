"""What seats cost."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

from booking.rules import HIGHEST_PRICE, VAT_RATE
from booking.seating.kinds import ADULT, PRICE_FACTS, Kind, PriceCategory

PRICE_OUT_OF_RANGE = f"Price and surcharge are 0 or more, and together {HIGHEST_PRICE} at most."


def prices_in_range(name: str) -> models.CheckConstraint:
    """Return the constraint on what is Priced, by the name that it has in its table."""
    return models.CheckConstraint(
        # Half a cent more: SQLite adds decimals as floating-point numbers.
        condition=models.Q(
            price__gte=0,
            premium_surcharge__gte=0,
            price__lt=HIGHEST_PRICE + Decimal("0.005") - models.F("premium_surcharge"),
        ),
        name=name,
        violation_error_message=PRICE_OUT_OF_RANGE,
    )


class Priced(models.Model):
    """What a seat costs, by its price category: the sum of some PRICE_FACTS."""

    price = models.DecimalField(
        max_digits=6, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    premium_surcharge = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text="What a premium seat costs on top of the price.",
    )

    class Meta:
        abstract = True

    @property
    def premium_price(self) -> Decimal:
        return self.price_in(PriceCategory.PREMIUM)

    def price_of(self, kind: str) -> Decimal:
        return self.price_in(Kind(kind).category)

    def price_in(self, category: PriceCategory) -> Decimal:
        return sum((getattr(self, fact) for fact in category.value), Decimal(0))


class PriceList(models.Model):
    """Who pays another price than an adult, and which share of all prices is VAT.

    What an adult pays is the show's own. A companion seat that is booked with its wheelchair space
    is free of charge where the list says so.
    """

    name = models.CharField(max_length=100, unique=True)
    vat_rate = models.DecimalField(
        "VAT rate",
        max_digits=4,
        decimal_places=2,
        default=VAT_RATE,
        validators=[MinValueValidator(Decimal(0))],
        help_text="In percent; prices include it.",
    )
    companions_free = models.BooleanField(
        default=False,
        help_text="A companion seat costs nothing together with its wheelchair space.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def facts(self) -> dict[str, Any]:
        """What buyers agree to of it, as its shows have it: amounts are decimal strings."""
        return {
            "ticket_types": [
                {
                    "code": one.code,
                    "name": one.name,
                    **{fact: f"{getattr(one, fact):.2f}" for fact in PRICE_FACTS},
                }
                for one in self.types.all()
            ],
            "vat_rate": f"{self.vat_rate:.2f}",
            "companions_free": self.companions_free,
        }


class TicketType(Priced):
    """Who a price of a list is for, such as a child. `code` names it in the API and on tickets."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="types")
    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["price_list", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "code"], name="ticket_type_unique_in_list"
            ),
            models.CheckConstraint(
                condition=~models.Q(code=ADULT), name="adults_pay_the_price_of_the_show"
            ),
            prices_in_range("ticket_type_prices_in_range"),
        ]

    def __str__(self) -> str:
        return self.name
