"""Answers that are too old to be given again are deleted on the way, not kept for ever."""

from __future__ import annotations

import pytest
from houses import Clock, InProcess
from raw_sql import count

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.unit import PRUNED_EVERY

pytestmark = pytest.mark.anyio


async def test_old_answers_go_though_every_unit_has_two_events(
    house: tuple[Runtime, Caller], clock: Clock, database_url: str
) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Website")
    await door.call("log_time", project="Website", duration="1m")
    clock.advance(hours=25)
    old = f"created_at < {clock.now_us - 24 * 3_600 * 1_000_000}"
    assert await count(database_url, "stored_answer", old) == 3
    for number in range(PRUNED_EVERY // 2):  # the numbers of their events step over the multiple
        pair = [{"project": "Website", "duration": "1m", "note": f"{number}.{n}"} for n in "ab"]
        await door.call("log_times", entries=pair)
    assert await count(database_url, "event") == 3 + PRUNED_EVERY
    assert await count(database_url, "stored_answer", old) == 0
