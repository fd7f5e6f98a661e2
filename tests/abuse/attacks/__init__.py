"""Every attack by name."""

from collections.abc import Callable

from tests.abuse.attacker import Attacker
from tests.abuse.attacks import accounts, connections, database, requests, seats, sockets, stage

Attack = Callable[[Attacker], None]

MODULES = (requests, connections, sockets, accounts, seats, stage, database)
ATTACKS: dict[str, Attack] = {
    name: attack for module in MODULES for name, attack in module.ATTACKS.items()
}
