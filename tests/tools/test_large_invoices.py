"""More entries on an invoice than a database takes parameters in one statement."""

from __future__ import annotations

import pytest
from billing_scenes import drafted, work_at_acme
from houses import Door
from rows import everything
from scenes import House
from sqlalchemy import text

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tables import TimeEntry

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

COPIES = 33_000


async def copy_entry(runtime: Runtime, times: int) -> None:
    """Add the only entry of a house that many times more, as no tool would."""
    (entry,) = (await everything(runtime))["time_entry"]

    async def unit(session: Session) -> None:
        ids = (new_id("te", entry["created_at"], place.to_bytes(10)) for place in range(times))
        await session.insert(TimeEntry, *({**entry, "id": one} for one in ids))
        if runtime.settings.database_url.startswith("postgresql"):
            # Claims are planned at their worst: when the figures were taken, there were none.
            await session.unscoped(text("ALTER TABLE billing_claim SET (autovacuum_enabled=false)"))
            await session.unscoped(text("ANALYZE"))

    await (await runtime.database()).write(unit)


# It takes its time behind the door, which is the same behind all of them.
@pytest.mark.parametrize("door", ["mcp-2026"], indirect=True)
async def test_an_invoice_takes_all_entries_there_are(house: House, door: Door) -> None:
    await work_at_acme(door, "1m")
    await copy_entry(house[0], COPIES)
    draft = await drafted(door)
    assert [line["entries"] for line in draft["lines"]] == [1 + COPIES]
    assert (await door.call("list_unbilled"))["clients"] == []
    await door.call("delete_invoice", invoice=draft["id"])
    (open_work,) = (await door.call("list_unbilled"))["clients"]
    assert open_work["entries"] == 1 + COPIES
