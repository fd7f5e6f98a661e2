"""Writes the API's schema down, so that nobody waits while it is made."""

from typing import Any

from django.core.management import BaseCommand
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from cinema.schema import FILES


def documents() -> dict[str, bytes]:
    """Return the schema of the API as it is now, in each format that it is served in."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return {
        "yaml": OpenApiYamlRenderer().render(schema),
        "json": OpenApiJsonRenderer().render(schema, "application/json; indent=1"),
    }


class Command(BaseCommand):
    """Writes cinema/openapi.yaml and cinema/openapi.json, which belong to each release."""

    help = "Write the API's schema down, from which it is served."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, document in documents().items():
            FILES[name].write_bytes(document)
            self.stdout.write(f"Written: {FILES[name]}")
