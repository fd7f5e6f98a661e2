"""Where no mail server is set: mails for whoever watches the console.

Outside of debug mode that is a log, which many may read. So it has no text of a mail, whose links
are as good as a password.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend

WITHHELD = "The text is left out, since its links are secrets. EMAIL_URL names a mail server."

logger = logging.getLogger(__name__)


def warn_of_no_server() -> None:
    """Say in the log that mails reach nobody, where that is so."""
    own = f"{ConsoleBackend.__module__}.{ConsoleBackend.__qualname__}"
    if own == settings.EMAIL_BACKEND and not settings.DEBUG:
        logger.warning("EMAIL_URL is not set, so mails reach nobody: each is a line here at most")


class ConsoleBackend(EmailBackend):
    """Prints of each mail what a person would read, and no pictures or files in base64."""

    def write_message(self, message: EmailMessage) -> None:
        """Print one mail."""
        rule = "-" * 79
        lines = [rule, f"To: {', '.join(message.to)}", f"Subject: {message.subject}", ""]
        files = [one for one in message.attachments if isinstance(one, tuple)]
        if files:
            lines.insert(3, f"Attached: {', '.join(str(one[0]) for one in files)}")
        self.stream.write(
            "\n".join([*lines, str(message.body) if settings.DEBUG else WITHHELD, rule, ""])
        )
