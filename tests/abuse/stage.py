"""What an attack is told about the site; it travels to the attack's own process as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass
class Stage:
    """Ports, shows and accounts of the site under attack.

    `network` is the first three bytes of the addresses that the attack comes from, and `token` and
    `username` are those of its own account. The innocent visitor uses the same `show_id`.
    """

    nginx_port: int
    daphne_ports: list[int]
    database_url: str
    show_id: int
    small_show_id: int
    logged_show_id: int
    logged_version: int
    username: str
    token: str
    victim: str
    network: str = "127.9.0"
    show_ids: list[int] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))
