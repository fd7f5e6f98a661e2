"""Taking seats that one does not want, so that others can't have them."""

from typing import Any

from tests.abuse.attacker import Attacker

MOST_SEATS = 10


def best_seats(attacker: Attacker) -> None:
    """Hold the best ten seats again and again, without an account."""
    path = f"/api/shows/{attacker.stage.show_id}/hold/"
    for _ in attacker.paced(10):
        status, body = attacker.ask("POST", path, body={"best": {"count": MOST_SEATS}})
        if status == 201:
            attacker.count("seats", len(body["seats"]))


def hold_anew(attacker: Attacker) -> None:
    """Release a hold and hold the same seats again at once, for ever."""
    path = f"/api/shows/{attacker.stage.show_id}/hold/"
    seats: list[int] = []
    for _ in attacker.paced(10):
        selection = {"seat_numbers": seats} if seats else {"best": {"count": 4}}
        status, body = attacker.ask("POST", path, body=selection)
        if status != 201:
            continue
        attacker.count("held anew" if seats else "held")
        seats = seats or [seat["seat_number"] for seat in body["seats"]]
        attacker.ask("DELETE", f"/api/holds/{body['token']}/", counted=False)


def hold_and_grow(attacker: Attacker) -> None:
    """Hold one seat as often as one may, and let each hold grow to ten."""
    path = f"/api/shows/{attacker.stage.show_id}/hold/"
    for _ in attacker.paced(10):
        body = {"best": {"count": 1}}
        status, held = attacker.ask("POST", path, body=body, headers=attacker.bearer)
        if status == 201:
            address = f"/api/holds/{held['token']}/"
            body = {"best": {"count": MOST_SEATS}}
            status, held = attacker.ask("PUT", address, body=body, headers=attacker.bearer)
        if status == 200:
            attacker.count("seats", len(held["seats"]))


def book_everything(attacker: Attacker) -> None:
    """Book all seats of a show on one account."""
    show = attacker.stage.small_show_id
    _, found = attacker.ask("GET", f"/api/shows/{show}/seats/", counted=False)
    numbers = [n for n, letter in enumerate(found["states"], 1) if letter == "a"]
    blocks = [numbers[n : n + MOST_SEATS] for n in range(0, len(numbers), MOST_SEATS)]
    for _, block in zip(attacker.paced(10), blocks, strict=False):
        body = {"seat_numbers": block}
        headers = attacker.bearer
        status, _ = attacker.ask("POST", f"/api/shows/{show}/book/", body=body, headers=headers)
        if status == 201:
            attacker.count("seats", len(block))


def book_and_cancel(attacker: Attacker) -> None:
    """Book a seat and give it back, as fast as it goes, so that the log grows."""
    show = attacker.stage.small_show_id

    def book(number: int) -> None:
        for _ in attacker.paced(20):
            body = {"seat_number": 1 + number}
            status, booking = attacker.ask(
                "POST", f"/api/shows/{show}/book/", body=body, headers=attacker.bearer
            )
            if status == 201:
                cancel = f"/api/bookings/{booking['id']}/cancel/"
                attacker.ask("POST", cancel, headers=attacker.bearer, counted=False)

    attacker.together(3, book)


def refused_selections(attacker: Attacker) -> None:
    """Ask again and again for what is refused, in every way."""
    show = attacker.stage.show_id
    selections: tuple[dict[str, Any], ...] = (
        {"seat_numbers": []},
        {"seat_numbers": [100_000]},
        {"seat_numbers": [1, 1]},
        {"best": {"count": 99}},
        {"best": {"count": 10, "accessible": True}},
        {"seat_numbers": list(range(1, 12))},
        {},
    )

    def ask(number: int) -> None:
        for turn in attacker.paced(10):
            body = selections[(number + turn) % len(selections)]
            path = f"/api/shows/{show}/{('hold', 'book')[turn % 2]}/"
            attacker.ask("POST", path, body=body, headers=attacker.bearer)

    attacker.together(4, ask)


def many_show_pages(attacker: Attacker) -> None:
    """Open the pages of many shows in one browser, which keeps every cookie."""
    cookies: dict[str, str] = {}
    shows = attacker.stage.show_ids
    for _, show in zip(attacker.paced(40, at_least=len(shows)), shows, strict=False):
        with attacker.connect() as connection:
            kept = "; ".join(f"{name}={value}" for name, value in cookies.items())
            connection.sendall(
                f"GET /shows/{show}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                f"Cookie: {kept}\r\n\r\n".encode()
            )
            with connection.makefile("rb") as answer:
                status = answer.readline()[9:12].decode()
                for line in iter(answer.readline, b"\r\n"):
                    if not line:
                        break
                    name, _, value = line.decode("latin-1").partition(": ")
                    if name.lower() == "set-cookie":
                        cookie, _, content = value.partition(";")[0].partition("=")
                        cookies[cookie] = content
        attacker.count(status)
    attacker.count("cookies", len(cookies))


ATTACKS = {
    "best_seats": best_seats,
    "hold_anew": hold_anew,
    "hold_and_grow": hold_and_grow,
    "book_everything": book_everything,
    "book_and_cancel": book_and_cancel,
    "refused_selections": refused_selections,
    "many_show_pages": many_show_pages,
}
