"""Log-ins and sign-ups, which cost a hash each."""

import secrets

from tests.abuse.attacker import Attacker

WRONG = "not-the-password"
MANY_GUESSES = 30


def log_ins_at_once(attacker: Attacker) -> None:
    """Log in twenty times at once, and again."""

    def log_in(number: int) -> None:
        body = {"username": f"nobody{number}", "password": WRONG}
        for _ in attacker.paced(2):
            attacker.ask("POST", "/api/login/", body=body)

    attacker.together(20, log_in)


def log_ins_of_many(attacker: Attacker) -> None:
    """Log in from many addresses at once, so that no address does so often."""

    def log_in(number: int) -> None:
        for turn in attacker.paced(1):
            body = {"username": f"nobody{number}", "password": WRONG}
            address = 1 + (number + 30 * turn) % 250
            attacker.ask("POST", "/api/login/", body=body, address=address)

    attacker.together(30, log_in)


def sign_ups(attacker: Attacker) -> None:
    """Make accounts one after the other."""

    def sign_up(_number: int) -> None:
        for _ in attacker.paced(5):
            body = {"username": f"x{secrets.token_hex(8)}", "password": secrets.token_hex(12)}
            attacker.ask("POST", "/api/signup/", body=body)

    attacker.together(8, sign_up)


def one_account_from_everywhere(attacker: Attacker) -> None:
    """Guess at one account's password from many addresses."""
    body = {"username": attacker.stage.victim, "password": WRONG}

    def log_in(number: int) -> None:
        for turn in attacker.paced(4, at_least=MANY_GUESSES):
            address = 1 + (number + 4 * turn) % 250
            attacker.ask("POST", "/api/login/", body=body, address=address)

    attacker.together(4, log_in)


def sign_in_pages(attacker: Attacker) -> None:
    """Send the sign-in forms of the pages and the admin."""

    def sign_in(number: int) -> None:
        path = ("/accounts/login/", "/admin/login/")[number % 2]
        token = "a" * 32
        body = f"csrfmiddlewaretoken={token}&username=admin&password={WRONG}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={token}",
        }
        for _ in attacker.paced(4):
            attacker.ask("POST", path, body=body, headers=headers)

    attacker.together(20, sign_in)


ATTACKS = {
    "log_ins_at_once": log_ins_at_once,
    "log_ins_of_many": log_ins_of_many,
    "sign_ups": sign_ups,
    "one_account_from_everywhere": one_account_from_everywhere,
    "sign_in_pages": sign_in_pages,
}
