"""What is claimed is found by an index, in its order, however much there is."""

from __future__ import annotations

import importlib
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from crowding import crowd
from dispatching import SETTINGS, add_endpoint, dispatching
from houses import InProcess, open_house
from receivers import receiving, saying
from sqlalchemy import Engine, event, make_url

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

WAITING = 5_000
OK = saying("204 No Content")
TOO_MUCH = {
    "sqlite": r"SCAN delivery|USE TEMP B-TREE",
    "postgresql": r"Seq Scan on delivery|\bSort\b|Bitmap Heap Scan on delivery",
}


@contextmanager
def statements() -> Generator[dict[str, Any]]:
    """Yield what the dispatcher runs on deliveries meanwhile, and what it was given."""
    found: dict[str, Any] = {}

    def see(_c: Any, _u: Any, statement: str, given: Any, _x: Any, many: bool) -> None:
        if re.match(r"(SELECT|UPDATE)\b.*\bdelivery\b", statement, re.DOTALL):
            found.setdefault(statement, given[0] if many else given)

    event.listen(Engine, "before_cursor_execute", see)
    yield found
    event.remove(Engine, "before_cursor_execute", see)


async def plan(database_url: str, statement: str, given: Sequence[Any]) -> str:
    """Return how a database would run a statement."""
    if database_url.startswith("sqlite"):
        sqlite: Any = importlib.import_module("sqlite3")
        connection = sqlite.connect(make_url(database_url).database)
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", given).fetchall()
        connection.close()
        return "\n".join(row[3] for row in rows)
    driver: Any = importlib.import_module("asyncpg")
    connection = await driver.connect(database_url.replace("postgresql+asyncpg", "postgresql"))
    rows = await connection.fetch(f"EXPLAIN {statement}", *given)
    await connection.close()
    return "\n".join(row[0] for row in rows)


async def test_no_claim_looks_at_all_that_waits(database_url: str) -> None:
    kind = database_url.partition("+")[0].partition(":")[0]
    async with (
        open_house(database_url, **SETTINGS) as (runtime, caller),
        receiving(OK) as receiver,
    ):
        endpoint_id = await add_endpoint(runtime, caller, receiver.url())
        async with dispatching(runtime) as dispatcher:
            # The first look of a process is also for clocks that went back before it.
            await dispatcher.look()
            await crowd(runtime, endpoint_id, WAITING)
            await crowd(runtime, endpoint_id, WAITING, mark="y", state="delivered")
            await InProcess(runtime, caller).call("create_client", name="Acme")
            with statements() as seen:
                await dispatcher.look()
                await dispatcher.settle()
        plans = [await plan(database_url, *one) for one in seen.items()]
        assert receiver.requests
    assert len(plans) >= 4  # To look, to claim what was found, and to note how it went.
    assert [one for one in plans if re.search(TOO_MUCH[kind], one)] == []
