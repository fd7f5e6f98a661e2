import secrets
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from booking import chain
from foundation.instants import milliseconds

BATCH = 1000


def chain_logs(apps: Any, schema_editor: Any) -> None:
    """Give every show a genesis, and chain its log to that."""
    shows = apps.get_model("booking", "Show").objects.order_by("pk")
    for show_id, layout_hash in list(shows.values_list("pk", "auditorium__layout_hash")):
        nonce = secrets.token_hex(16)
        digest = chain_log(apps, schema_editor, show_id, chain.genesis(show_id, layout_hash, nonce))
        seat_map = apps.get_model("booking", "SeatMap").objects.filter(pk=show_id)
        seat_map.update(layout_hash=layout_hash, nonce=nonce, digest=digest)


def chain_log(apps: Any, schema_editor: Any, show_id: int, digest: str) -> str:
    """Chain the log of a show, a batch at a time, and return the digest of its last entry."""
    log = apps.get_model("booking", "SeatChange").objects.filter(show=show_id).order_by("version")
    version = 0
    while batch := list(log.filter(version__gt=version)[:BATCH]):
        digests = []
        for entry in batch:
            version = entry.version
            show = entry.facts and entry.facts["now"]
            text = chain.entry_text(at=milliseconds(entry.at), changes=entry.changes, show=show)
            digest = chain.link(digest, version, text)
            digests.append((digest, entry.pk))
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany("UPDATE booking_seatchange SET digest = %s WHERE id = %s", digests)
    return digest


class Migration(migrations.Migration):

    dependencies = [
        ("booking", "0001_initial"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name=model,
                name=name,
                # Kept maps have none, and are made again.
                field=models.CharField(default="", max_length=length),
                preserve_default=False,
            )
            for model, name, length in (
                ("seatmap", "layout_hash", 64),
                ("seatmap", "nonce", 32),
                ("seatmap", "digest", 64),
                ("seatchange", "digest", 64),
                ("keptmap", "digest", 64),
            )
        ),
        migrations.AddField(
            model_name="seatchange",
            name="booking",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="seat_changes",
                to="booking.booking",
            ),
        ),
        migrations.AddIndex(
            model_name="seatchange",
            index=models.Index(
                condition=models.Q(("booking__isnull", False)),
                fields=["booking", "version"],
                name="changes_of_booking",
            ),
        ),
        migrations.RunPython(chain_logs, migrations.RunPython.noop),
    ]
