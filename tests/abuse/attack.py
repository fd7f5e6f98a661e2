"""Runs one attack: `python -m tests.abuse.attack NAME SECONDS STAGE`, the stage as JSON."""

import json
import sys

from tests.abuse.attacker import Attacker
from tests.abuse.attacks import ATTACKS
from tests.abuse.stage import Stage


def main() -> None:
    """Attack, and print what was met."""
    name, seconds, stage = sys.argv[1:]
    attacker = Attacker(Stage.from_json(stage), float(seconds))
    ATTACKS[name](attacker)
    print(json.dumps(attacker.met))


if __name__ == "__main__":
    main()
