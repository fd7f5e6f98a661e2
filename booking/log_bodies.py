"""The JSON bodies of a show's log."""

from typing import Any

import orjson
from rest_framework import serializers

from foundation.instants import milliseconds
from foundation.web.bodies import Body


class GenesisSerializer(Body):
    """What the chain of a show's log begins with.

    `digest` is the SHA-256 of three lines: the show's id, the hash that its layout had when it was
    made, and 128 random bits that were drawn then.
    """

    show = serializers.IntegerField(source="show_id")
    layout_hash = serializers.CharField()
    nonce = serializers.RegexField("^[0-9a-f]{32}$")
    digest = serializers.RegexField("^[0-9a-f]{64}$", source="genesis")


class CheckpointSerializer(Body):
    """A version, and the digest that says of which history it is."""

    version = serializers.IntegerField()
    digest = serializers.RegexField("^[0-9a-f]{64}$")


class LogEntrySerializer(CheckpointSerializer):
    """One committed change of a seat map.

    `digest` is the SHA-256 of three lines: the digest of the version before, this version, and the
    canonical JSON (RFC 8785) of an object with this entry's `at`, `changes` and `show`.
    """

    at = serializers.IntegerField(help_text="In milliseconds since the epoch.")
    changes = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(), min_length=2, max_length=3),
        help_text="Each seat that changed: its number, its letter and, if held, until when.",
    )
    show = serializers.DictField(
        allow_null=True, help_text="The facts of the show if they changed, sorted by their names."
    )

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        facts = thing.facts and orjson.dumps(thing.facts["now"], option=orjson.OPT_SORT_KEYS)
        show = facts and orjson.loads(facts)
        return super().of(thing, at=milliseconds(thing.at), show=show, **given)


class LogPageSerializer(Body):
    """Entries of a show's log, in order."""

    show = serializers.IntegerField(source="seat_map.show_id")
    genesis = GenesisSerializer(source="seat_map")
    entries = LogEntrySerializer(many=True)
    next = serializers.URLField(
        allow_null=True, help_text="The page that follows, if there is one yet."
    )
    head = CheckpointSerializer(
        allow_null=True,
        help_text="The newest version: the end of the log. Null on a page that another follows.",
    )

    @classmethod
    def of(cls, thing: Any, **given: Any) -> dict[str, Any]:
        entries = [LogEntrySerializer.of(entry) for entry in thing.entries]
        head = CheckpointSerializer.of(thing.head) if thing.is_last else None
        return super().of(thing, entries=entries, head=head, **given)
