"""The textbook served by ASGI, and by WSGI as `wsgi`."""

import os

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.textbook.settings")
application = get_asgi_application()
wsgi = get_wsgi_application()
