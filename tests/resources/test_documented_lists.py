"""The documented lists: what is on them, for whom, and which cursors and values they take."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from houses import Clock, Door, InProcess, Refused
from rows import add_member
from scenes import House

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.schemas.listing import Listing
from hoursmith_mcp.schemas.listings import (
    CLIENTS,
    EXPENSES,
    INVOICE_LINES,
    INVOICES,
    MEMBERS,
    PAYMENTS,
    PROJECTS,
    TASKS,
    TIME_ENTRIES,
)
from hoursmith_mcp.store.queries.listed import SOURCES

pytestmark = pytest.mark.anyio

LISTINGS = (
    CLIENTS,
    PROJECTS,
    TASKS,
    TIME_ENTRIES,
    EXPENSES,
    INVOICES,
    INVOICE_LINES,
    PAYMENTS,
    MEMBERS,
)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.things)
def test_every_field_of_a_list_is_somewhere(listing: Listing) -> None:
    source = SOURCES[listing.things]
    known = {*source.columns, *source.relations}
    assert known == {field.name for field in listing.fields}
    assert bool(listing.searched) == bool(source.searched)


RANGES: list[tuple[str, str, str, Any, Any]] = [
    ("_from", "_to", "before", "2026-11-20", "2026-11-01"),
    ("_min", "_max", "below", 5, 1),
]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda one: one.things)
def test_a_range_that_ends_before_it_begins_is_refused_by_both_names(listing: Listing) -> None:
    known, page = listing.arguments(), {"sort": listing.order, "cursor": None, "limit": 1}
    for begins, ends, is_so, first, last in RANGES:
        for name in (one.removesuffix(begins) for one in known if one.endswith(begins)):
            low, high = name + begins, name + ends
            with pytest.raises(InvalidInput) as caught:
                listing.read({**page, low: first, high: last})
            said = f"{high} ({last}) is {is_so} {low} ({first}); swap them."
            assert (caught.value.message, caught.value.fields) == (said, {low: said, high: said})
            assert len(listing.read({**page, low: last, high: last}).conditions) >= 2


async def names(door: Door, things: str, **given: Any) -> list[str]:
    page = await door.call(f"filter_{things}", **given)
    return [row["name"] for row in page[things]]


async def test_what_has_no_value_comes_last_where_the_largest_is_first(house: House) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme")
    for name, day in (("early", "2026-12-01"), ("never", ""), ("late", "2026-12-24")):
        await door.call("create_project", client="Acme", name=name, due_date=day)
    assert await names(door, "projects", sort="-dueDate") == ["late", "early", "never"]
    assert await names(door, "projects", sort="due_date") == ["never", "early", "late"]
    assert await names(door, "projects", sort="-name", limit=1) == ["never"]


async def test_what_is_put_away_is_listed_when_asked_for(house: House) -> None:
    door = InProcess(*house)
    for name in ("Acme", "Borg"):
        await door.call("create_client", name=name, contact_name=f"Ann of {name}")
        await door.call("create_project", client=name, name="Site")
    for number, client in enumerate(("Acme", "Borg")):
        await door.call("create_task", project=f"{client} Site", name=f"Task {number}")
    await door.call("update_task", task="Task 1", archived=True)
    await door.call("update_project", project="Borg Site", status="ARCHIVED")
    await door.call("update_client", client="Borg", archived=True)
    assert await names(door, "clients") == ["Acme"]
    assert await names(door, "clients", archived=True) == ["Borg"]
    assert await names(door, "clients", archived="yes", search="ANN OF") == ["Borg"]
    assert await names(door, "tasks", archived="1") == ["Task 1"]
    assert await names(door, "tasks", archived="no") == ["Task 0"]
    assert len((await door.call("filter_projects"))["projects"]) == 1
    [archived] = (await door.call("filter_projects", status="ARCHIVED"))["projects"]
    assert archived["client"] == "Borg"
    [acme] = (await door.call("filter_projects", client_name="aCME"))["projects"]
    assert acme["client"] == "Acme"
    assert await names(door, "projects", client_name="Acm") == []


async def test_a_search_finds_letters_of_every_alphabet_in_any_case(house: House) -> None:
    door = InProcess(*house)
    for name in ("Müller & Söhne", "Ёлка", "Acme"):
        await door.call("create_client", name=name)
    assert await names(door, "clients", search="MÜLLER & sÖ") == ["Müller & Söhne"]
    assert await names(door, "clients", search="ёЛКА") == ["Ёлка"]
    assert await names(door, "clients", search="acme") == ["Acme"]


async def test_a_cursor_is_good_for_its_own_list_and_order_and_member_alone(
    house: House, clock: Clock
) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await door.call("create_client", name="Acme")
    for name in ("a", "b"):
        await door.call("create_project", client="Acme", name=name)
        await door.call("create_task", project=name, name=name)
        clock.advance(seconds=1)
    page = await door.call("filter_projects", limit=1)
    cursor = page["next_cursor"]
    assert await names(door, "projects", limit=5, cursor=cursor) == ["a"]
    manager = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    tries: list[tuple[Door, str, dict[str, Any]]] = [
        (manager, "projects", {}),
        (door, "tasks", {}),
        (door, "projects", {"sort": "createdAt"}),
        (door, "projects", {"sort": "name"}),
        (door, "projects", {"search": "a"}),
        (door, "projects", {"client_name": "Acme"}),
    ]
    for whose, things, given in tries:
        with pytest.raises(Refused, match="cursor"):
            await whose.call(f"filter_{things}", cursor=cursor, **given)


def forged(cursor: str, value: Any, row_id: Any = None) -> str:
    """Return a cursor that was altered by somebody who knows how it is made."""
    _, own_id, selection = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    text = value if isinstance(value, str) else json.dumps(value)
    parts = json.dumps([text, row_id if row_id is not None else own_id, selection])
    return base64.urlsafe_b64encode(parts.encode()).decode().rstrip("=")


async def test_a_forged_cursor_is_refused_and_never_a_fault(house: House) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme")
    for name in ("a", "b"):
        await door.call("create_project", client="Acme", name=name)
    cursor = (await door.call("filter_projects", limit=1))["next_cursor"]
    for value in ("x", '"text"', "[1]", "1.5", "true", "{}", "1e400", 2**64, -(2**70), "9" * 5_000):
        with pytest.raises(Refused, match="cursor"):
            await door.call("filter_projects", cursor=forged(cursor, value))
    for row_id in ("\0", "\ud800", 7, [1]):
        with pytest.raises(Refused, match="cursor"):
            await door.call("filter_projects", cursor=forged(cursor, 1, row_id))
    for nonsense in ("nonsense", "", "e30", "W10", "…"):
        with pytest.raises(Refused, match="cursor"):
            await door.call("filter_projects", cursor=nonsense)


async def test_amounts_are_compared_as_they_are_written(house: House) -> None:
    door = InProcess(*house)
    await door.call("set_up", time_zone="UTC")
    for client, currency, rate in (("Acme", "EUR", "90.10"), ("Borg", "JPY", "2000")):
        await door.call("create_client", name=client, currency=currency)
        await door.call("create_project", client=client, name=f"{client} site", hourly_rate=rate)
        await door.call("log_time", project=f"{client} site", duration="1h")
        proposed = await door.call("preview_invoice", client=client)
        await door.call("create_invoice", proposal=proposed["proposal"])

    async def totals(**given: Any) -> list[str]:
        page = await door.call("filter_invoices", **given)
        return [invoice["total"] for invoice in page["invoices"]]

    assert await totals(sort="total") == ["90.10", "2000"]
    assert await totals(sort="-total", limit=1) == ["2000"]
    assert await totals(total_min="90.1", total_max=90.1) == ["90.10"]
    assert await totals(total_min="90.10001") == ["2000"]
    assert await totals(total="90.100") == ["90.10"]
    assert await totals(total="90.10001") == []
    assert await totals(client_name="borg", status="DRAFT", payment_status="unpaid") == ["2000"]
    assert await totals(payment_status="paid") == []
    assert {*await totals(sort="-number", search="")} == {"90.10", "2000"}
    for nonsense in ("much", "NaN", "1e13", True, ""):
        with pytest.raises(Refused, match="total_min"):
            await totals(total_min=nonsense)


async def test_the_timer_that_runs_is_listed_as_an_entry(house: House, clock: Clock) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await door.call("set_up", time_zone="UTC")
    await door.call("create_client", name="Acme")
    project = await door.call("create_project", client="Acme", name="Site")
    running: dict[str, Any] = {"running": "true", "limit": 1}
    assert (await door.call("filter_time_entries", **running))["time_entries"] == []
    with pytest.raises(Refused, match="No timer is running"):
        await door.call("get_running_timer")
    await door.call("log_time", project="Site", duration="1h")
    timer = (await door.call("start_timer", project="Site", note="Menu"))["timer"]
    clock.advance(minutes=3)
    [entry] = (await door.call("filter_time_entries", **running))["time_entries"]
    assert entry == await door.call("get_running_timer")
    shown = {name: entry[name] for name in ("id", "duration_seconds", "entry_date", "project_id")}
    expected = {"duration_seconds": 180, "entry_date": "2026-11-20", "project_id": project["id"]}
    assert shown == {**expected, "id": timer["id"]}
    assert "stopped_at" not in entry

    async def found(**given: Any) -> int:
        return len((await door.call("filter_time_entries", running=True, **given))["time_entries"])

    assert await found(project_id=project["id"], search="MENU", entry_date_to="2026-11-20") == 1
    assert await found(client_name="ACME", client_id=project["client_id"]) == 1
    assert await found(client_name="Borg") == 0
    assert await found(project_id=new_id("pr", clock(), bytes(10))) == 0
    assert await found(search="else") == 0
    assert await found(created_at_from="2026-11-21") == 0
    assert len((await door.call("filter_time_entries", running=False))["time_entries"]) == 1
    mia = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    assert (await mia.call("filter_time_entries", **running))["time_entries"] == []


async def test_time_and_tasks_are_listed_by_client(house: House) -> None:
    door = InProcess(*house)
    clients: dict[str, str] = {}
    for name in ("Acme", "Borg"):
        clients[name] = (await door.call("create_client", name=name))["id"]
        for project in (f"{name} site", f"{name} shop"):
            await door.call("create_project", client=name, name=project)
            await door.call("create_task", project=project, name=f"{project} task")
            await door.call("log_time", project=project, duration="1h")
    for name, client_id in clients.items():
        for wanted in ({"client_id": client_id}, {"client_name": name.upper()}):
            entries = (await door.call("filter_time_entries", **wanted))["time_entries"]
            assert [one["client"] for one in entries] == [name, name]
            tasks = await names(door, "tasks", **wanted, sort="name")
            assert tasks == [f"{name} shop task", f"{name} site task"]


async def test_an_id_filter_takes_nothing_that_is_no_id_of_its_kind(house: House) -> None:
    door = InProcess(*house)
    client = await door.call("create_client", name="Acme")
    for listing in LISTINGS:
        for name in (one for one in listing.arguments() if one.endswith("_id")):
            for wrong in (
                "acme",
                "",
                "pr_",
                f"{client['id']}0",
                client["id"].replace("cl_", "te_"),
            ):
                with pytest.raises(Refused, match=rf"{name}: write an id like [a-z]+_…, as lists"):
                    await door.call(_of(listing), **{name: wrong})
    shouted = f" {client['id'].upper()} "
    assert (await door.call("filter_projects", client_id=shouted))["projects"] == []


def _of(listing: Listing) -> str:
    return "list_expenses" if listing is EXPENSES else f"filter_{listing.things}"


async def test_a_member_lists_what_is_theirs_and_asks_nothing_of_money(house: House) -> None:
    runtime, owner = house
    door = InProcess(runtime, owner)
    await door.call("create_client", name="Acme", currency="EUR")
    ours = await door.call("create_project", client="Acme", name="Ours", hourly_rate="90")
    await door.call("create_project", client="Acme", name="Secret")
    await door.call("log_time", project="Ours", duration="1h")
    ben = InProcess(runtime, await add_member(runtime, "Ben"))
    await door.call("add_project_member", project="Ours", member="Ben")
    await door.call("create_task", project="Ours", name="Menu", assignees=["Ben"])
    await door.call("create_task", project="Secret", name="Dig")
    entry = await ben.call("log_time", project="Ours", duration="30m")
    for wanted in ({"client_name": "Acme"}, {"client_id": ours["client_id"]}):
        assert await names(ben, "tasks", **wanted) == ["Menu"]
        [mine] = (await ben.call("filter_time_entries", **wanted))["time_entries"]
        assert mine["id"] == entry["id"]
    [project] = (await ben.call("filter_projects", client_name="Acme"))["projects"]
    assert (project["id"], "hourly_rate" in project) == (ours["id"], False)
    assert await names(ben, "tasks") == ["Menu"]
    assert await names(ben, "members", removed=False) == ["Ben"]
    theirs = (await ben.call("filter_time_entries"))["time_entries"]
    assert [one["id"] for one in theirs] == [entry["id"]]
    owner_id = (await door.call("get_me"))["user_id"]
    assert (await ben.call("filter_time_entries", user_id=owner_id))["time_entries"] == []
    for closed in (
        {"sort": "updatedAt"},
        {"sort": "-updated_at"},
        {"updated_at_from": "2026-01-01"},
    ):
        with pytest.raises(Refused) as caught:
            await ben.call("filter_projects", **closed)
        assert caught.value.code == "validation_error"
    for operation in ("filter_clients", "filter_invoices"):
        with pytest.raises(Refused) as caught:
            await ben.call(operation)
        assert caught.value.code == "forbidden_scope"
