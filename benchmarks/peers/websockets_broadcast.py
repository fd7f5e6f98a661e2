"""Sends each line of standard input to every socket with the `websockets` library's broadcast().

usage: websockets_broadcast.py PORT
"""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve


async def main(port: int) -> None:
    """Serve until the input ends."""
    connections: set[ServerConnection] = set()

    async def watch(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with serve(watch, "127.0.0.1", port, compression=None, backlog=4096, ping_interval=None):
        while line := await lines.readline():
            broadcast(connections, line.decode().rstrip("\n"))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
