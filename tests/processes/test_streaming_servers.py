"""Long lists from a real server: its memory, clients that go away, tokens that are revoked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from houses import InProcess, open_house
from http_serving import free_port, serving
from serving import PATIENCE
from sqlalchemy import text
from streams import CSV, NDJSON, XLSX, add_entries

from hoursmith_mcp.access.issuing import issue_token

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="memory is read as Linux tells it"),
]

LIST = "/api/v1/time-entries"
MOST_MEBIBYTES = 20
LONG_NOTE = "long " * 390
FIRST_SHEET = "xl/worksheets/sheet1.xml"
MORE_THAN_WIRES_HOLD = 3_000
READERS = 12


@dataclass
class Served:
    """A server, and where it is."""

    process: asyncio.subprocess.Process
    port: int
    token: str
    errors: Path

    def client(self) -> httpx2.AsyncClient:
        """Return a client of the API."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"http://127.0.0.1:{self.port}"
        return httpx2.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE * 10)

    def forget_peak(self) -> int:
        """Return how much memory the process has now, from which its peak is looked at anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self._memory("VmRSS")

    def peak_bytes(self) -> int:
        """Return the most memory that the process had since."""
        return self._memory("VmHWM")

    def _memory(self, name: str) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1]) * 1024

    async def log_holds(self, words: str, times: int = 1) -> None:
        """Wait until the log has said something so many times."""
        async with asyncio.timeout(PATIENCE):
            while self.errors.read_text().count(words) < times:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def served_with(
    database_url: str, folder: Path, entries: int, *, note: str = ""
) -> AsyncGenerator[Served]:
    """Serve a house with so much time logged."""
    async with open_house(database_url) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site", hourly_rate="90")
        for begin in range(0, entries, 10_000):
            await add_entries(runtime, min(10_000, entries - begin), note=note)
        token = (await issue_token(runtime, name="script")).token
    port, errors = free_port(), folder / "stderr"
    async with serving(database_url, port, errors) as process:
        yield Served(process, port, token, errors)


@pytest.mark.parametrize(
    ("accept", "entries", "note"),
    [
        pytest.param(NDJSON, 15_000, LONG_NOTE, marks=pytest.mark.ci),
        pytest.param(NDJSON, 300_000, "", marks=pytest.mark.long),
        pytest.param(CSV, 300_000, "", marks=pytest.mark.long),
        pytest.param(XLSX, 3_000, "", marks=pytest.mark.ci),
        pytest.param(XLSX, 300_000, "", marks=pytest.mark.long),
    ],
    ids=["few", "lines", "table", "small-workbook", "workbook"],
)
async def test_a_long_list_takes_little_more_memory_than_a_short_one(
    sqlite_url: str, tmp_path: Path, accept: str, entries: int, note: str
) -> None:
    filled = served_with(sqlite_url, tmp_path, entries, note=note)
    async with filled as server, server.client() as client:
        form = {"Accept": accept}
        assert (await client.get(LIST, params={"limit": 200}, headers=form)).status_code == 200
        at_rest = server.forget_peak()
        received = tmp_path / "received"
        with received.open("wb") as file:
            async with client.stream("GET", LIST, headers=form) as answer:
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)
        more = server.peak_bytes() - at_rest
        assert count_of(received, accept) == entries
        assert more / 2**20 <= MOST_MEBIBYTES


def count_of(received: Path, accept: str) -> int:
    """Return how many rows there are, seeing that as many were announced."""
    if accept == XLSX:
        with zipfile.ZipFile(received) as workbook, workbook.open(FIRST_SHEET) as sheet:
            return sheet.read().count(b"<row ") - 1
    *_, last = received.read_text().splitlines()
    announced = json.loads(last)["count"] if accept == NDJSON else int(last.split(",")[1])
    rows = received.read_bytes().count(b"\n") - (1 if accept == NDJSON else 2)
    assert rows == announced
    return rows


@pytest.mark.ci
async def test_clients_that_go_away_leave_nothing_behind(database_url: str, tmp_path: Path) -> None:
    async with served_with(database_url, tmp_path, MORE_THAN_WIRES_HOLD, note=LONG_NOTE) as server:
        async with server.client() as client:
            assert (await client.get(LIST)).status_code == 200
            open_files = files_of(server)
            connections = [await begun(server, CSV) for _ in range(READERS)]
            # While they all hold their answers up, others are served.
            assert (await client.get(LIST)).status_code == 200
            for reader in connections:
                reader.close()
            await server.log_holds(f"GET {LIST} 200", READERS + 2)
            assert (await client.get(LIST, headers={"Accept": NDJSON})).text.endswith(
                f'{{"end":true,"count":{MORE_THAN_WIRES_HOLD}}}\n'
            )
            assert files_of(server) <= open_files + FEW_FILES
        log = server.errors.read_text()
        assert "ERROR" not in log
        assert "WARNING" not in log
        assert "Traceback" not in log


@pytest.mark.ci
async def test_a_table_that_breaks_off_ends_the_connection(
    database_url: str, tmp_path: Path
) -> None:
    async with served_with(database_url, tmp_path, MORE_THAN_WIRES_HOLD, note=LONG_NOTE) as server:
        reader = await begun(server, CSV)
        async with open_house(database_url) as (runtime, _):
            revoked = text("UPDATE token SET revoked_at = 1")
            await (await runtime.database()).write(lambda session: session.unscoped(revoked))
        received = await asyncio.to_thread(rest_of, reader)
        assert received.count(b"\nte_") < MORE_THAN_WIRES_HOLD
        assert b"# end" not in received
        assert not received.endswith(b"0\r\n\r\n"), "the last chunk would say that it is whole"
        await server.log_holds("a list broke off after")
        log = server.errors.read_text()
    assert "unauthenticated request_id=req_" in log
    assert "Traceback" not in log


FEW_FILES = 8  # Readers of the database that were not opened before.


def files_of(server: Served) -> int:
    """Return how many files and connections a server has open."""
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


async def begun(server: Served, accept: str) -> socket.socket:
    """Ask for a list, take its beginning, and read no further."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    reader.settimeout(PATIENCE)
    await asyncio.to_thread(reader.connect, ("127.0.0.1", server.port))
    reader.sendall(
        f"GET {LIST} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept: {accept}\r\n"
        f"Authorization: Bearer {server.token}\r\n\r\n".encode()
    )
    assert (await asyncio.to_thread(reader.recv, 1_024)).startswith(b"HTTP/1.1 200 OK")
    return reader


def rest_of(reader: socket.socket) -> bytes:
    """Read until the server has closed the connection."""
    received = b""
    with contextlib.closing(reader):
        while chunk := reader.recv(65_536):
            received += chunk
    return received
