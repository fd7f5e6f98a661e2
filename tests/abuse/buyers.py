"""Ordinary buyers beside an attack, who come one after the other."""

import threading
from http.client import HTTPException
from itertools import count
from typing import Self

from django.db import connections

from tests.abuse.person import Person

TILLS = 3
MOST_PEOPLE = 250 * 250

_numbers = count()


class Buyers:
    """People who each buy two seats of a show, until it is left; every second one cancels.

    `failures` says in words whatever did not go as it must. With `may_wait` somebody else keeps
    locks in the database, and whoever is told to come again leaves it at that.
    """

    def __init__(self, *, port: int, show_id: int, may_wait: bool) -> None:
        self.failures: list[str] = []
        self.bought = 0
        self._port = port
        self._show_id = show_id
        self._in_vain = {500, 503} if may_wait else set()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._come) for _ in range(TILLS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _come(self) -> None:
        try:
            while not self._over.wait(1):
                self._buy(next(_numbers) % MOST_PEOPLE)
        finally:
            connections.close_all()

    def _buy(self, number: int) -> None:
        person = Person(number, port=self._port, show_id=self._show_id)
        try:
            status, body = person.buy()[-1]
            if status == 201 and "reference" in body:
                self.bought += 1
                if number % 2:
                    status, body = person.post(f"/api/bookings/{body['id']}/cancel/", {})
        except (OSError, HTTPException, ValueError) as error:
            self.failures.append(f"a buyer met {error!r}")
            return
        if status not in {200, 201} | self._in_vain:
            self.failures.append(f"a buyer met {status} {body}")
