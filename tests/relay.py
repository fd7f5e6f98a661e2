"""A host before a server that can vanish: it takes no packet then, and sends none."""

import ctypes
import socket
import struct
import sys
import threading
from contextlib import suppress
from typing import Any, Self
from unittest import SkipTest

from deploy.servers import free_port

# <asm-generic/socket.h>, which Python has no names for.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
# A struct sock_filter for BPF_RET | BPF_K with 0: keep no byte of whatever comes.
DROP = struct.pack("HBBI", 0x06, 0, 0, 0)


class Relay:
    """A port of 127.0.0.1 that leads to another one.

    To read no more would not be silence: the kernel goes on to acknowledge what it is sent. A
    socket filter makes it drop every packet before TCP sees it.
    """

    def __init__(self, target: int) -> None:
        if sys.platform != "linux":
            raise SkipTest("Only Linux can drop what comes to a socket.")
        self.port = free_port()
        self._target = target
        self._vanished = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._clients: list[socket.socket] = []
        self._servers: list[socket.socket] = []

    def vanish(self) -> None:
        """Be gone without a word, for connections that are there and for new ones."""
        self._vanished.set()
        instruction = ctypes.create_string_buffer(DROP)
        program = struct.pack("HP", 1, ctypes.addressof(instruction))
        for end in (self._listener, *self._clients):
            end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def come_back(self) -> None:
        """Serve new connections again."""
        self._listener.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        self._vanished.clear()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._clients.append(client)
                self._servers.append(server)
                _start(self._pass_on, client, server)
                _start(self._pass_on, server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while (data := source.recv(65_536)) and not self._vanished.is_set():
                target.sendall(data)
            if not data:
                target.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        _start(self._serve)
        return self

    def __exit__(self, *exc: Any) -> None:
        for end in (self._listener, *self._clients, *self._servers):
            # Closing alone would not wake a thread that waits for it.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _start(work: Any, *arguments: Any) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()
