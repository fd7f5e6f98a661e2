"""What is known of payments."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from payments.models import Notice

# Providers send a notification again for some days; after that, none repeats an old one.
NOTICES_KEPT_FOR = timedelta(days=30)


def old_notices(now: datetime) -> QuerySet[Notice]:
    """Return notifications that nobody asks for any more."""
    return Notice.objects.filter(received_at__lte=now - NOTICES_KEPT_FOR).order_by("received_at")
