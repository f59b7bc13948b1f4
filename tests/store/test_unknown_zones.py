"""A zone that somebody stored and this machine does not know: found, told, and mended by a call."""

from __future__ import annotations

import pytest
from billing_scenes import work_at_acme
from houses import Clock, InProcess, Refused, open_house
from raw_sql import run_raw
from rows import add_member
from scheduling import invoices, noon

from hoursmith_mcp.schedules.runner import Runner
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("table", "way_out", "given"),
    [
        ("organization", "set_up", {}),
        ("member", "update_member", {"member": "Ann"}),
    ],
)
async def test_an_unknown_zone_is_found_and_told_until_another_is_set(
    sqlite_url: str, clock: Clock, table: str, way_out: str, given: dict[str, str]
) -> None:
    async with open_house(sqlite_url, clock=clock) as house:
        door = InProcess(*house)
        await door.call("set_up", currency="EUR", hourly_rate="90", your_name="Ann")
        await run_raw(sqlite_url, f"UPDATE {table} SET time_zone = 'Mars/Olympus'")
        (breach,) = await diagnose(sqlite_url)
        assert breach.code == f"{table}.zone"
        assert way_out in breach.way_out
        with pytest.raises(Refused, match='not know the time zone "Mars/Olympus"') as caught:
            await door.call("overview")
        assert (caught.value.code, way_out in caught.value.message) == ("unavailable", True)
        await door.call(way_out, **given, time_zone="Asia/Tokyo")
        assert await diagnose(sqlite_url) == []
        assert (await door.call("overview"))["time_zone"] == "Asia/Tokyo"


@pytest.mark.ci
async def test_a_schedule_of_whose_zone_is_unknown_waits_and_keeps_no_other_from_being_run(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        door = InProcess(runtime, owner)
        await work_at_acme(door, "2h")
        mia = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
        await mia.call("create_invoice_schedule", client="Acme", rule="every day", at="01:00")
        await door.call("create_client", name="Borg", currency="EUR")
        await door.call("create_project", client="Borg", name="Shop", hourly_rate="50")
        await door.call("log_time", project="Shop", duration="1h")
        await door.call("create_invoice_schedule", client="Borg", rule="every day", at="02:00")
        await run_raw(sqlite_url, "UPDATE member SET time_zone = 'Mars/Olympus' WHERE name = 'Mia'")
        noon(clock, "2026-11-21")
        await Runner(runtime).look()
        assert [one["bill_to_name"] for one in await invoices(runtime)] == ["Borg"]
        await door.call("update_member", member="Mia", time_zone="UTC")
        await Runner(runtime).look()
        # Both were made at one instant, so either may be listed first.
        assert {one["bill_to_name"] for one in await invoices(runtime)} == {"Borg", "Acme"}
