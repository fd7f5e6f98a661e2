"""Django's runserver on our Daphne: Django's own serves no sockets."""

import os
from argparse import ArgumentParser
from typing import Any

from daphne.management.commands import runserver
from django.core.management import CommandError
from django.db import connection
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from foundation.server.earlier import refuse_earlier_database
from foundation.server.ports import trouble
from foundation.server.serve import Server


class Command(runserver.Command):
    """Serves HTTP and sockets, and restarts when the code changes."""

    server_cls = Server

    def add_arguments(self, parser: ArgumentParser) -> None:
        # Without Daphne's own: LIMITS hold, and WhiteNoise serves static files.
        super(runserver.Command, self).add_arguments(parser)
        parser.set_defaults(use_asgi=True, use_static_handler=False)

    def run(self, **options: Any) -> None:
        """Serve, unless the port or the database already rules that out."""
        if DJANGO_AUTORELOAD_ENV not in os.environ:
            if found := trouble(self.addr, self.port):
                raise CommandError(f"{found} Serve another one: manage.py runserver 8001")
            refuse_earlier_database()
            connection.close()
        super().run(**options)
