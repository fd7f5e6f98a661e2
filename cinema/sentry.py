"""Sends what the log has at ERROR to Sentry as well, where SENTRY_DSN says where that is.

The log is the one source: nothing of Django, the database or the server is patched, and no event
has more than a log line with its traceback. That leaves out headers, cookies, bodies, users and
the values of variables. Secrets are masked as they are in the log.
"""

import logging
from typing import Any

from cinema.logs import masked
from foundation.environment import wrong
from foundation.request_context import asked


def begin(dsn: str, *, release: str) -> None:
    """Send errors from now on. Raises ImproperlyConfigured for a DSN that is none."""
    # It takes 3 MiB and some 20 ms, which nobody pays who has no Sentry.
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.utils import BadDsn

    try:
        sentry_sdk.init(
            dsn,
            release=release,
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                # Without the lines before, which are other visitors' as well.
                LoggingIntegration(level=None, event_level=logging.ERROR, sentry_logs_level=None),
                DedupeIntegration(),
                AtexitIntegration(callback=lambda *_: None),  # it would say so on every exit
            ],
            send_default_pii=False,
            max_request_body_size="never",
            include_local_variables=False,
            auto_session_tracking=False,
            before_send=_prepared,
        )
    except BadDsn as error:
        raise wrong("SENTRY_DSN", f"{error}.") from None


def _prepared(event: Any, hint: dict[str, Any]) -> Any:
    """Return the event without secrets, and with the request during which it happened."""
    request_id, path = asked.get()
    if request_id:
        event["tags"] = {**event.get("tags", {}), "request_id": request_id, "path": path}
    return _masked(event)


def _masked(value: Any) -> Any:
    match value:
        case str():
            return masked(value)
        case dict():
            return {name: _masked(each) for name, each in value.items()}
        case list() | tuple():
            return [_masked(each) for each in value]
    return value
