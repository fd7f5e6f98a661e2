"""Mails as messages of the outbox: each to one person, told apart from a repetition by its id."""

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.mime.image import MIMEImage
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from foundation.outbox.addresses import UNDELIVERABLE
from foundation.outbox.models import Message
from foundation.outbox.worker import Undeliverable

# What a server that takes no more of this mail says; all below is worth another attempt.
REFUSED = 500


@dataclass(frozen=True)
class Mail:
    """A mail to one person: what it says, with its pictures and files by name.

    `template` names the two files of templates/mail/ that say it, as text and as HTML.
    """

    to: str
    subject: str
    template: str
    context: Mapping[str, Any]
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # PNG, by their cid
    calendar: str = ""

    @property
    def one_line_subject(self) -> str:
        """The subject without the line breaks that no header may have."""
        return " ".join(self.subject.split())

    def rendered(self, kind: str) -> str:
        """Return the mail as "txt" or as "html"."""
        context = {"subject": self.one_line_subject, "site": settings.SITE_URL, **self.context}
        return render_to_string(f"mail/{self.template}.{kind}", context)


def url(path: str) -> str:
    """Return the address of a path of the site, which is the same from wherever it is asked."""
    return f"{settings.SITE_URL}{path}"


def send(mail: Mail, message: Message) -> None:
    """Send the mail of a message of the outbox.

    Raises Undeliverable where the server refuses this very mail or its recipient, and what goes
    wrong else, which another attempt may mend.
    """
    if not mail.to.rpartition("@")[0].isascii():  # Python would send it to another mailbox
        raise Undeliverable(UNDELIVERABLE)
    try:
        _built(mail, message).send()
    except smtplib.SMTPRecipientsRefused as error:
        [(code, why)] = error.recipients.values()
        raise _judged(code, why) from error
    except smtplib.SMTPDataError as error:
        raise _judged(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:  # such as an address in letters of its own
        raise Undeliverable(str(error)) from error


def _judged(code: int, why: str | bytes) -> Exception:
    said = why.decode(errors="replace") if isinstance(why, bytes) else why
    kind = Undeliverable if code >= REFUSED else ConnectionError
    return kind(f"{code} {said}")


def _built(mail: Mail, message: Message) -> EmailMultiAlternatives:
    built = EmailMultiAlternatives(
        subject=mail.one_line_subject,
        body=mail.rendered("txt"),
        to=[mail.to],
        headers={
            "Message-ID": f"<{message.pk}.{message.kind}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    built.attach_alternative(mail.rendered("html"), "text/html")
    for name, content in mail.pictures.items():
        picture = MIMEImage(content, "png")
        picture.add_header("Content-ID", f"<{name}>")
        picture.add_header("Content-Disposition", "inline", filename=f"{name}.png")
        built.attach(picture)
    if mail.calendar:
        built.attach("booking.ics", mail.calendar, "text/calendar")
    return built
