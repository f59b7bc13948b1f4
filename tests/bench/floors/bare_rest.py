"""The floor of POST: Starlette and SQLModel, and one row that is inserted, on our SQLite settings.

It checks no token and keeps no key, no event and no activity.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import Connection, create_engine, event
from sqlmodel import Field, Session, SQLModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class Entry(SQLModel, table=True):
    """The row."""

    id: int | None = Field(default=None, primary_key=True)
    project: str
    duration: str
    note: str


def main() -> None:
    """Serve on the port that is named, in a database that is named."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    engine = create_engine(f"sqlite:///{folder / 'floor.db'}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    SQLModel.metadata.create_all(engine)

    def insert(given: dict[str, Any]) -> Entry:
        with Session(engine, expire_on_commit=False) as session:
            entry = Entry(**given)
            session.add(entry)
            session.commit()
            return entry

    async def post(request: Request) -> JSONResponse:
        entry = await run_in_threadpool(insert, await request.json())
        return JSONResponse({"data": entry.model_dump()}, status_code=201)

    application = Starlette(routes=[Route("/entries", post, methods=["POST"])])
    uvicorn.run(application, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
