"""The images and docker-compose.yml, built and run: `python -m tests.containers`.

They are no tests of `manage.py test`, since they need root and minutes.
"""
