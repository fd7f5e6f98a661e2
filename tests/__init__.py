"""The tests; they assert what is right, never how long it takes."""

from hypothesis import settings

settings.register_profile("front-row", deadline=None)
settings.load_profile("front-row")
