"""Sites behind nginx, on all cores, on which a show goes on sale: Front Row, and the textbook."""

import json
import os
import secrets
from contextlib import ExitStack
from typing import Any, Protocol, Self

from benchmarks.processes import CORES
from benchmarks.servers import DAPHNE, TEXTBOOK, FrontRow, HttpServer, Textbook
from benchmarks.sessions import log_in
from benchmarks.visiting import NUMBER, PAGE_HEADERS, SEATS, SINCE, SOCKET_HEADERS, Script, request
from deploy.by_hand import Deployment
from deploy.nginx import Nginx
from deploy.services import Services

PROCESSES = 2
ORIGIN = "http://127.0.0.1"
# As a page's scripts make it: 32 letters and digits, of each visitor others.
CSRF_TOKEN = "OpeningNightOpeningNight" + NUMBER
# The map at the end: its version and states, where the site has such.
Ending = tuple[int, str] | None


class Site(Protocol):
    """What a benchmark asks of a site."""

    name: str
    nginx: Nginx

    @property
    def server(self) -> HttpServer:
        """Return the web processes behind nginx."""

    def opened(self, show_id: int, *, buyers: int) -> Script:
        """Return what the visitors of a show send, so many of them buyers with an account."""

    def ending(self, show_id: int) -> Ending:
        """Return the show's map as the database has it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class FrontRowSite(FrontRow):
    """Front Row as deploy/by_hand.py runs it.

    Visitors come without a cookie, and hold two seats by the page. To book them they log in, which
    is left out: to hash a password takes as long as some hundred bookings, here as there.
    """

    nginx: Nginx

    def __init__(self, given: Services) -> None:
        super().__init__(given, processes=PROCESSES)
        self.name = "Front Row"
        self._given = given
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        from django.conf import settings

        keys = {"SECRET_KEY": settings.SECRET_KEY}
        # The benchmark has collected the static files already (benchmarks/deployment.py).
        collected = os.environ.get("STATIC_ROOT")
        deployment = Deployment(self._given, processes=PROCESSES, env=keys, static_root=collected)
        self._daphnes = deployment.daphnes
        self.nginx = deployment.nginx
        self._stack.enter_context(deployment)
        return self

    @property
    def server(self) -> HttpServer:
        return self

    @property
    def pids(self) -> list[int]:
        return [daphne.process.pid for daphne in self._daphnes if daphne.process]

    def opened(self, show_id: int, *, buyers: int) -> Script:
        from booking.selectors.catalogue import facts

        sessions = secrets.token_hex(8)
        log_in(self.users(buyers), prefix=sessions)
        terms = facts(show_id)["terms"]
        wanted = json.dumps({"best": {"count": 2}, "terms": terms})
        form = f"key={secrets.token_hex(12)}{NUMBER}&terms={terms}&seats={SEATS}"
        # With the secret that the answer to a hold would have the browser keep: 64 hex digits.
        cookie = f"csrftoken={CSRF_TOKEN}; browser={secrets.token_hex(28)}{NUMBER}"
        return _script(
            show_id,
            cookies={"hold": cookie, "book": f"{cookie}; sessionid={sessions}{NUMBER}"},
            bodies={"hold": wanted, "book": form},
            greeted=True,
        )

    def ending(self, show_id: int) -> Ending:
        from booking.selectors.seat_map import states

        now = states(show_id)
        return now.version, now.states


class TextbookSite(Textbook):
    """The textbook on as many stock Daphne processes behind the same nginx; see `FrontRowSite`.

    Its buyers are logged in when they hold, since its holds are by user.
    """

    nginx: Nginx

    def __init__(self, given: Services) -> None:
        super().__init__(
            "textbook",
            given,
            [*DAPHNE, f"{TEXTBOOK}.live:application"],
            {"TEXTBOOK_REDIS_URL": given.redis_url},
            processes=PROCESSES,
            cores=CORES,
        )
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        super().__enter__()
        self._stack.callback(super().__exit__)
        self.nginx = self._stack.enter_context(Nginx(self.ports))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    @property
    def server(self) -> HttpServer:
        return self

    def opened(self, show_id: int, *, buyers: int) -> Script:
        sessions = secrets.token_hex(8)
        self.log_in(buyers, prefix=sessions)
        cookie = f"csrftoken={CSRF_TOKEN}; sessionid={sessions}{NUMBER}"
        return _script(
            show_id,
            cookies={"hold": cookie, "book": cookie},
            bodies={"hold": "{}", "book": f"csrfmiddlewaretoken={CSRF_TOKEN}"},
            greeted=False,
        )

    def ending(self, show_id: int) -> Ending:
        return None


def _script(show_id: int, *, cookies: Any, bodies: Any, greeted: bool) -> Script:
    page = f"/shows/{show_id}/"
    socket = f"/ws{page}" + (f"?since={SINCE}" if greeted else "")
    sent = {"Origin": ORIGIN, "X-CSRFToken": CSRF_TOKEN}
    types = {"hold": "application/json", "book": "application/x-www-form-urlencoded"}
    acts = {
        act: request(
            "POST",
            f"{page}{act}/",
            {**sent, "Content-Type": types[act], "Cookie": cookies[act]},
            bodies[act],
        )
        for act in ("hold", "book")
    }
    return Script(
        {
            "page": request("GET", page, PAGE_HEADERS),
            "socket": request("GET", socket, {**SOCKET_HEADERS, "Origin": ORIGIN}),
            **acts,
        },
        greeted=greeted,
    )
