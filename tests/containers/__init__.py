"""The images and docker-compose.yml, built and run: `python -m tests.containers`.

They are no tests of `manage.py test`, since they need root and minutes.
"""

import os

import django

# The clients that they share with other tests are written for Django's.
os.environ |= {"DJANGO_SETTINGS_MODULE": "cinema.settings", "ENV_FILE": ""}
django.setup()
