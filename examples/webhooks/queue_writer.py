"""Write every event into a queue, exactly once, for programs that take their time.

    HOURSMITH_WEBHOOK_SECRET=whsec_… \
        uv run --no-dev python examples/webhooks/queue_writer.py 8080 queue.db

The queue is a table of a SQLite file. The id of an event is its key, the same for every attempt
and replay, and it is acknowledged once it is on disk: so none is lost and none is there twice.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from receiver import Event, Handle, serve

TABLE = """
CREATE TABLE IF NOT EXISTS event (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, body TEXT NOT NULL
)
"""
INSERT = "INSERT INTO event (id, type, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"


def write(queue: Path, event: Event) -> bool:
    """Append an event; returns whether it was new."""
    row = (event["id"], event["type"], json.dumps(event))
    with closing(sqlite3.connect(queue)) as connection, connection:
        connection.execute(TABLE)
        return connection.execute(INSERT, row).rowcount == 1


def writer(queue: Path) -> Handle:
    """Return what appends to a queue without keeping others waiting."""

    async def append(event: Event) -> bool:
        return await asyncio.to_thread(write, queue, event)

    return append


if __name__ == "__main__":
    serve(writer(Path(sys.argv[2])))
