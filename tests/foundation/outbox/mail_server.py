"""A real mail server, which does to each recipient what the test says."""

from collections import Counter
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from django.test import override_settings

from deploy.servers import free_port

HANGS_UP = "hangs up"


class MailServer:
    """Answers RCPT by recipient; for HANGS_UP it takes the mail, and ends without a word."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.received: list[Message] = []
        port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._settings = override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_TIMEOUT=30,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        self._settings.enable()
        return self

    def __exit__(self, *exc: object) -> None:
        self._settings.disable()
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250") or answer == HANGS_UP:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(message_from_bytes(envelope.content, policy=default))
        if HANGS_UP in (self.answers.get(address) for address in envelope.rcpt_tos):
            server.transport.abort()
        return "250 OK"

    def got(self) -> Counter[str]:
        """Return how many mails came for each address."""
        return Counter(str(message["To"]) for message in self.received)
