"""nginx by hand: fills in deploy/nginx.conf and runs it on loopback."""

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.programs import required
from tests.servers import STOP_SECONDS, free_port

TEMPLATE = Path(__file__).with_name("nginx.conf")
START_SECONDS = 15
NOBODY = "192.0.2.1/32"  # an address set aside for documentation: no connection comes from it


class Nginx:
    """nginx on `port` in front of the upstream processes on `upstream_ports`.

    `outer_proxy` is the CIDR of a proxy that it believes about visitors.
    """

    def __init__(
        self,
        upstream_ports: Sequence[int],
        *,
        port: int | None = None,
        outer_proxy: str = NOBODY,
        sockets_per_address: int = 100,
    ) -> None:
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="front-row-nginx-"))
        self.folder.chmod(0o755)  # it works as another user where root starts it
        self.process: subprocess.Popen[bytes] | None = None
        self.variables = {
            "FRONT_ROW_RUN_DIR": str(self.folder),
            "FRONT_ROW_RESOLVER": "",
            "FRONT_ROW_DAPHNES": " ".join(
                f"server 127.0.0.1:{each} max_fails=3 fail_timeout=5s;" for each in upstream_ports
            ),
            "FRONT_ROW_OUTER_PROXY": outer_proxy,
            "FRONT_ROW_LISTEN": f"127.0.0.1:{self.port}",
            "FRONT_ROW_SOCKETS_PER_ADDRESS": str(sockets_per_address),
        }

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def socket_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        """Start nginx and wait until it accepts connections."""
        configuration = self.folder / "nginx.conf"
        template = TEMPLATE.read_text()
        configuration.write_text(
            re.sub(r"\$\{(\w+)\}", lambda match: self.variables[match[1]], template)
        )
        log = self.folder / "log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [required("nginx"), "-p", self.folder, "-c", configuration, "-g", "daemon off;"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Stop nginx and remove its folder."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
