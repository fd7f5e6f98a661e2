"""Amounts as providers have them: whole numbers of a currency's smallest unit."""

from decimal import Decimal

# By how many digits there are after the point, by ISO 4217; all others have two.
NONE = {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV"}
NONE |= {"XAF", "XOF", "XPF"}
THREE = {"BHD", "JOD", "KWD", "OMR", "TND"}
DIGITS = dict.fromkeys(NONE, 0) | dict.fromkeys(THREE, 3)


def to_units(amount: Decimal, currency: str) -> int:
    """Return an amount in the smallest unit. Raises ValueError where that has a fraction left."""
    units = amount.scaleb(DIGITS.get(currency, 2))
    if units != int(units):
        raise ValueError(f"There is no {amount} {currency}.")
    return int(units)


def from_units(units: int, currency: str) -> Decimal:
    """Return the amount that so many of the smallest unit are."""
    return Decimal(units).scaleb(-DIGITS.get(currency, 2))
