"""What user names and passwords may be."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.deconstruct import deconstructible

# Letters of other scripts look like these, and so would names made of them; of the Latin ones
# those stay out that do so, too: the dotless i, the long s and the like.
EUROPEAN_LETTERS = "À-ÖØ-öø-įĴ-ķĹ-ľŁ-ňŊ-ž"
SEEN_CHARACTERS = 4


@deconstructible
class UsernameValidator(RegexValidator):
    """Takes Latin letters, digits and @ . + - _, so that no name passes for another."""

    regex = rf"^[A-Za-z0-9@.+_{EUROPEAN_LETTERS}-]+\Z"
    message = (
        "Enter a valid username. This value may contain only Latin letters, digits, "
        "and @/./+/-/_ characters."
    )


class SeenCharactersValidator:
    """Refuses a password of blanks, or of hardly anything else."""

    def validate(self, password: str, user: object = None) -> None:
        """Refuse a password with too few different characters. Raises ValidationError."""
        seen = set(re.sub(r"\s", "", password))
        if len([letter for letter in seen if letter.isprintable()]) < SEEN_CHARACTERS:
            raise ValidationError(self.get_help_text(), "password_too_uniform")

    def get_help_text(self) -> str:
        return (
            f"The password must have at least {SEEN_CHARACTERS} different characters; "
            "spaces don’t count."
        )
