"""Long lists, and clients that take them a page at a time and do things in between."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from rows import enter
from sqlalchemy import select
from starlette.types import ASGIApp, Message

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Member, Project, TimeEntry

NDJSON, CSV = "application/x-ndjson", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SECOND_US = 1_000_000

Between = Callable[[int], Awaitable[None]]
"""Is awaited when so many pages were sent, and before the next one is taken."""


@dataclass
class Received:
    """What a client was sent; an answer that was cut off is not whole."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    pages: int = 0
    is_whole: bool = False

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of NDJSON."""
        return [json.loads(line) for line in self.body.decode().splitlines()]

    @property
    def table(self) -> list[list[str]]:
        """The rows of CSV."""
        return list(csv.reader(io.StringIO(self.body.decode(), newline=""), strict=True))

    @property
    def sheet(self) -> list[tuple[Any, ...]]:
        """The rows of a workbook."""
        (sheet,) = openpyxl.load_workbook(io.BytesIO(self.body)).worksheets
        return list(sheet.values)


async def taken(
    application: ASGIApp,
    path: str,
    accept: str,
    *,
    token: str = "",
    method: str = "GET",
    between: Between | None = None,
    leaves_after: int | None = None,
) -> Received:
    """Take an answer as a server would send it, which waits while the client does something.

    One that leaves takes so many pages, reads no further, and is gone.
    """
    received = Received()
    ended = asyncio.Event()

    async def receive() -> Message:
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            received.status = message["status"]
            received.headers = {name.decode(): text.decode() for name, text in message["headers"]}
            return
        received.body += message.get("body", b"")
        received.pages += bool(message.get("body"))
        received.is_whole = not message.get("more_body", False)
        if received.pages == leaves_after:
            ended.set()
            await asyncio.Event().wait()
        if between is not None and message.get("body"):
            await between(received.pages)

    address, _, query = path.partition("?")
    headers = {"host": "127.0.0.1:8484", "accept": accept, "authorization": f"Bearer {token}"}
    if not token:
        del headers["authorization"]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": method,
        "path": f"/api/v1/{address}",
        "raw_path": f"/api/v1/{address}".encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8484),
        "scheme": "http",
    }
    read_body = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive_body_first() -> Message:
        for message in read_body:
            return message
        return await receive()

    await application(scope, receive_body_first, send)
    ended.set()
    return received


async def add_entries(runtime: Runtime, count: int, *, note: str = "") -> list[str]:
    """Log time so many times on the first project, the oldest first; return the ids."""
    ids: list[str] = []

    async def unit(session: Session) -> None:
        await enter(session)
        (member, *_) = await session.unscoped(select(core_table(Member)))
        (project, *_) = await session.unscoped(select(core_table(Project)))
        rows: list[dict[str, Any]] = []
        for number in range(count):
            at_us = session.now_us - (count - number) * SECOND_US
            rows.append(
                {
                    "id": new_id("te", at_us, runtime.entropy(10)),
                    "member_id": member.id,
                    "project_id": project.id,
                    "entry_date": f"2026-10-{number % 28 + 1:02}",
                    "duration_seconds": 60,
                    "billable": True,
                    "note": f"{number} {note}",
                    "tags": [],
                    "version": 1,
                    "created_at": at_us,
                    "updated_at": at_us,
                }
            )
        await session.insert(TimeEntry, *rows)
        ids.extend(row["id"] for row in rows)

    await (await runtime.database()).write(unit)
    return ids
