"""Amounts as staff type them: with a point or a comma, and never cut."""

import re
from typing import Any

from django import forms

# A comma before the cents, and maybe points between thousands; or the other way round.
WRITTEN = (
    (re.compile(r"(\d+|\d{1,3}(?:\.\d{3})+),\d{1,2}", re.ASCII), str.maketrans(",", ".", ".")),
    (re.compile(r"\d{1,3}(?:,\d{3})+\.\d{1,2}", re.ASCII), str.maketrans("", "", ",")),
)


class AmountField(forms.DecimalField):
    """An amount such as "8.50", "8,50", "1.234,50" or "1,234.50"; what could be two is refused."""

    widget = forms.TextInput

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> Any:
        """Return the amount as a Decimal, or None. Raises ValidationError."""
        text = str(value).strip()
        for written, plain in WRITTEN:
            if written.fullmatch(text):
                value = text.translate(plain)
        return super().to_python(value)
