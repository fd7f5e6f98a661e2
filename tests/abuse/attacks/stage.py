"""What somebody does on the stage who wants the house to be busy with it."""

from tests.abuse.attacker import Attacker

TOKEN = "c" * 32
FORM = {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}


def stage_races(attacker: Attacker) -> None:
    """Begin races from several addresses, and play each that may begin."""
    attacker.ask("GET", "/stage/", counted=False)

    def play(number: int) -> None:
        for _ in attacker.paced(5):
            wanted = {"act": "race", "seat": 1}
            status, answer = attacker.ask(
                "POST", "/stage/begin/", body=wanted, headers=FORM, address=number + 1
            )
            if status == 200:
                status, _ = attacker.ask("POST", answer["play"], address=number + 1, counted=False)
                attacker.count(f"played {status}")

    attacker.together(4, play)


ATTACKS = {"stage_races": stage_races}
