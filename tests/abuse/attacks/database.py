"""Locks in the database that somebody else keeps, and those who wait for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.abuse.attacker import Attacker

LOCK_SEAT = "SELECT 1 FROM booking_showseat WHERE show_id = %s AND seat_number = %s FOR UPDATE"


@contextmanager
def session_of(attacker: Attacker) -> Iterator[Any]:
    """Open a session, and a transaction in it."""
    import psycopg  # loading it takes longer than all else that an attack needs

    with psycopg.connect(attacker.stage.database_url) as session:
        yield session


def locked_seat(attacker: Attacker) -> None:
    """Keep a seat's row locked, and ask for that seat several times at once."""
    show = attacker.stage.show_id
    seat = 150

    def ask(number: int) -> None:
        for _ in attacker.paced(5):
            body = {"seat_number": seat}
            headers = attacker.bearer
            attacker.ask("POST", f"/api/shows/{show}/book/", body=body, headers=headers)

    with session_of(attacker) as session:
        session.execute(LOCK_SEAT, [show, seat])
        attacker.together(8, ask)


def locked_row(attacker: Attacker) -> None:
    """Keep a seat's row locked that nobody asks for."""
    with session_of(attacker) as session:
        session.execute(LOCK_SEAT, [attacker.stage.show_id, 150])
        for _ in attacker.paced(1):
            pass


def locked_table(attacker: Attacker) -> None:
    """Keep a table locked, as a migration does."""
    with session_of(attacker) as session:
        session.execute("LOCK TABLE booking_movie IN ACCESS EXCLUSIVE MODE")
        for _ in attacker.paced(1):
            pass


ATTACKS = {"locked_seat": locked_seat, "locked_row": locked_row, "locked_table": locked_table}
