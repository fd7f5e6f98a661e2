"""Attacks on the deployment as it is, beside an innocent visitor whose requests must all succeed.

An attack runs in a process of its own, so that it can't slow the visitor down by sharing an
interpreter. `python -m tests.abuse` runs each for longer and says how long the visitor waited.
"""
