"""What messages are posted to: it takes so many, says so, and begins anew."""

from __future__ import annotations

import asyncio
import re
import sys

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


async def main() -> None:
    """Listen on a port, which is the first line that is said, until stdin is closed."""
    wanted = int(sys.argv[1])
    taken = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(OK)
                taken += 1
                if taken == wanted:
                    taken = 0
                    print("all", flush=True)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
