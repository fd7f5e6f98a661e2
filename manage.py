#!/usr/bin/env python
"""Django's command line for Front Row."""

import os
import sys
from importlib import import_module

from foundation.server.start import in_one_sentence

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cinema.settings")
    with in_one_sentence():
        from django.core.management import execute_from_command_line

        # Some commands would go on without settings, and say what follows from that instead.
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
        execute_from_command_line(sys.argv)
