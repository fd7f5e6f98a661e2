"""The mail server, as EMAIL_URL names it."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from foundation.environment import required, wrong

SMTP = "django.core.mail.backends.smtp.EmailBackend"
CONSOLE = "foundation.outbox.console.ConsoleBackend"
# By scheme, the port and whether TLS is there from the start, or is asked for.
SCHEMES = {
    "smtp": (25, False, False),
    "smtps": (465, True, False),
    "submission": (587, False, True),
}


class MailServer(NamedTuple):
    """Where mails go: Django's settings of it."""

    backend: str = CONSOLE
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    has_tls: bool = False
    starts_tls: bool = False


def mail_server(url: str) -> MailServer:
    """Return the server of a URL: smtp://, smtps:// or submission://, or the console for none.

    Raises ImproperlyConfigured, which doesn't repeat the URL: it has a password.
    """
    if not url:
        return MailServer()
    try:
        parts = urlsplit(url)
        port, has_tls, starts_tls = SCHEMES[parts.scheme]
        host = parts.hostname or ""
        if not host:
            raise ValueError
        return MailServer(
            SMTP,
            host,
            parts.port or port,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            has_tls,
            starts_tls,
        )
    except (KeyError, ValueError):
        why = "It must be smtp://, smtps:// or submission:// and user:password@host:port."
        raise wrong("EMAIL_URL", why) from None


def site_url(given: str, host: str, *, is_local: bool, https: bool) -> str:
    """Return where links in mails lead: to what is given, or where the other settings say we are.

    Raises ImproperlyConfigured for what is no address of a site, and where any host is ours.
    """
    if given:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise wrong("SITE_URL", "It must start with https:// or http://, and name the host.")
        return given.rstrip("/")
    if is_local:
        return "http://127.0.0.1:8000"
    if host == "*":
        raise required(
            "SITE_URL", "with ALLOWED_HOSTS=*, name the host that links in mails lead to."
        )
    return f"{'https' if https else 'http'}://{host.removeprefix('.')}"
