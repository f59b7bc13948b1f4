"""A schedule is called by its client's name where the client has that one alone."""

from __future__ import annotations

import pytest
from billing_scenes import work_at_acme
from houses import Clock, Door, InProcess, Refused
from scenes import House, refused
from scheduling import scheduled

pytestmark = [pytest.mark.anyio, pytest.mark.ci]

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TWO_DOORS = pytest.mark.parametrize("door", ["mcp-2026", "rest"], indirect=True)


@TWO_DOORS
async def test_the_clients_name_does_where_it_has_one_schedule(door: Door) -> None:
    await work_at_acme(door, "1h")
    gone = await scheduled(door, "every friday")
    await door.call("delete_invoice_schedule", schedule="acme")
    made = await scheduled(door)
    assert (await door.call("get_invoice_schedule", schedule="ACME"))["id"] == made["id"]
    paused = await door.call("update_invoice_schedule", schedule="Acme", paused=True)
    assert (paused["id"], paused["status"]) == (made["id"], "paused")
    await door.call("update_invoice_schedule", schedule=made["id"], paused=False)
    await door.call("skip_invoice_schedule", schedule="acme")
    ran = await door.call("run_invoice_schedule", schedule="acme", period="today")
    assert (ran["id"], ran["invoice"]["status"]) == (made["id"], "DRAFT")
    runs = (await door.call("list_invoice_schedule_runs", schedule="acme"))["runs"]
    assert [one["outcome"] for one in runs] == ["drafted", "skipped"]
    with pytest.raises(Refused, match="no schedule with that id"):
        await door.call("get_invoice_schedule", schedule=gone["id"])


@ON_SQLITE
async def test_of_several_none_is_guessed(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await work_at_acme(door)
    monthly = await scheduled(door, "monthly on the 1st")
    clock.advance(seconds=1)  # They are told in the order in which they were made.
    weekly = await scheduled(door, "every friday")
    refusal = await refused(house, door, "delete_invoice_schedule", schedule="acme")
    assert refusal.code == "validation_error"
    assert "Acme (monthly on the 1st), Acme (every Friday)" in refusal.message
    assert refusal.error["candidates"] == [
        {"id": one["id"], "name": "Acme", "context": one["rule"]} for one in (monthly, weekly)
    ]
    for words in ("Acme (every Friday)", "acme friday"):
        shown = await door.call("get_invoice_schedule", schedule=words)
        assert shown["id"] == weekly["id"]


@ON_SQLITE
async def test_another_clients_schedule_is_never_meant(house: House) -> None:
    door = InProcess(*house)
    await work_at_acme(door)
    await door.call("create_client", name="Acme Ltd")
    other = await door.call("create_invoice_schedule", client="Acme Ltd", rule="every friday")
    refusal = await refused(house, door, "delete_invoice_schedule", schedule="acme")
    assert refusal.message == (
        'There is no schedule "acme". Near it: Acme Ltd (every Friday). '
        "list_invoice_schedules() has those that are there."
    )
    made = await scheduled(door)
    for words, meant in (("acme", made), ("acme ltd", other), ("ltd", other)):
        assert (await door.call("get_invoice_schedule", schedule=words))["id"] == meant["id"]
