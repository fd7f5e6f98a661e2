"""nginx by hand: fills in deploy/nginx.conf and runs it on loopback."""

import re
import socket
from collections.abc import Sequence
from pathlib import Path

from deploy.programs import found, missing
from deploy.servers import Server, Unavailable

TEMPLATE = Path(__file__).with_name("nginx.conf")
NOBODY = "192.0.2.1/32"  # an address set aside for documentation: no connection comes from it


class Nginx(Server):
    """nginx on `port` in front of the upstream processes on `upstream_ports`.

    `spare_port` is that of one more, asked only when all others are gone; usually nothing is there.
    `outer_proxy` is the CIDR of a proxy that it believes about visitors. With `max_fails` above 0
    it leaves out a process for a while after so many failures.
    """

    name = "nginx"

    def __init__(
        self,
        upstream_ports: Sequence[int],
        *,
        port: int | None = None,
        spare_port: int | None = None,
        outer_proxy: str = NOBODY,
        sockets_per_address: int = 100,
        requests_per_second: int = 50,
        burst: int = 500,
        max_fails: int = 0,
    ) -> None:
        super().__init__()
        self.port = port or self.port
        self.folder.chmod(0o755)  # it works as another user where root starts it
        fails = f"max_fails={max_fails} fail_timeout=5s"
        daphnes = [f"server 127.0.0.1:{each} {fails};" for each in upstream_ports]
        if spare_port is not None:
            daphnes.append(f"server 127.0.0.1:{spare_port} backup {fails};")
        self.variables = {
            "FRONT_ROW_RUN_DIR": str(self.folder),
            "FRONT_ROW_RESOLVER": "",
            "FRONT_ROW_DAPHNES": " ".join(daphnes),
            "FRONT_ROW_OUTER_PROXY": outer_proxy,
            "FRONT_ROW_LISTEN": f"127.0.0.1:{self.port}",
            "FRONT_ROW_SOCKETS_PER_ADDRESS": str(sockets_per_address),
            "FRONT_ROW_REQUESTS_PER_SECOND": str(requests_per_second),
            "FRONT_ROW_BURST": str(burst),
        }

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def command(self) -> list[str]:
        """Fill in the configuration, and return what runs nginx by it. Raises Unavailable."""
        program = found("nginx")
        if program is None:
            raise Unavailable(missing("nginx"))
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            re.sub(r"\$\{(\w+)\}", lambda match: self.variables[match[1]], TEMPLATE.read_text())
        )
        options = ["-p", str(self.folder), "-c", str(configuration), "-g", "daemon off;"]
        return [program, *options]

    def answers(self) -> bool:
        """Tell whether it accepts connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
