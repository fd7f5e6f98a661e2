"""The currencies that prices can be in: each of a hundred smaller units."""

from foundation.environment import wrong

# By its ISO 4217 code, how amounts in it begin; browsers write them in the same way.
SIGNS = {
    "EUR": "€",
    "GBP": "£",
    "USD": "$",
    "AUD": "$",
    "CAD": "$",
    "NZD": "$",
    "CHF": "CHF\N{NO-BREAK SPACE}",
    "CZK": "Kč\N{NO-BREAK SPACE}",
    "DKK": "kr\N{NO-BREAK SPACE}",
    "NOK": "kr\N{NO-BREAK SPACE}",
    "PLN": "zł\N{NO-BREAK SPACE}",
    "SEK": "kr\N{NO-BREAK SPACE}",
}


def currency(code: str) -> str:
    """Return the code of a currency that CURRENCY may name. Raises ImproperlyConfigured."""
    if code not in SIGNS:
        raise wrong("CURRENCY", f"prices can be in {', '.join(SIGNS)}.")
    return code
