"""Listing logged time: what each filter lets through, what it adds up to, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, Door, open_door
from rows import add_member, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_each_filter_narrows_and_a_period_is_added_up(house: House, door: Door) -> None:
    runtime, _ = house
    await set_the_scene(door)
    await door.call("create_client", name="Globex")
    await door.call("create_project", client="Globex", name="Shop", rate_type="NON_BILLABLE")
    await door.call("create_task", project="redesign", name="Homepage")
    said: list[dict[str, Any]] = [
        {"project": "redesign", "duration": "2h", "date": "2026-11-20", "note": "Menu 50% done"},
        {"project": "redesign", "duration": "1h", "date": "2026-11-16", "task": "Homepage"},
        {"project": "redesign", "duration": "20m", "date": "2026-10-31", "billable": False},
        {"project": "shop", "duration": "1h30m", "date": "2026-10-01", "note": "menu"},
        {"project": "shop", "duration": "1s", "date": "2026-09-30", "note": "50_"},
    ]
    menu, home, free, shop, tiny = [await door.call("log_time", **given) for given in said]
    caller = await add_member(runtime, "Ben")
    await door.call("add_project_member", project="shop", member="Ben")
    async with open_door(door.name, runtime, caller) as bens:
        ben = await bens.call("log_time", project="shop", duration="4h", date="2026-11-19")

    async def listed(**given: Any) -> list[str]:
        before = await everything(runtime)
        page = await door.call("list_time_entries", **given)
        assert await everything(runtime) == before
        return [entry["id"] for entry in page["time_entries"]]

    def ids(*entries: Any) -> list[str]:
        return [entry["id"] for entry in entries]

    assert await listed() == ids(menu, ben, home, free, shop, tiny)
    assert await listed(period="this week") == ids(menu, ben, home)
    assert await listed(period="october") == ids(free, shop)
    assert await listed(period="2026-09-30..2026-10-01") == ids(shop, tiny)
    assert await listed(project="redesign") == ids(menu, home, free)
    assert await listed(client="globex") == ids(ben, shop, tiny)
    assert await listed(task="homepage") == ids(home)
    assert await listed(member="ben") == ids(ben)
    assert await listed(billable=True) == ids(menu, home)
    assert await listed(billable=False) == ids(ben, free, shop, tiny)
    assert await listed(search="MENU") == ids(menu, shop)
    # What stands for anything elsewhere stands for itself here.
    assert await listed(search="%") == ids(menu)
    assert await listed(search="50_") == ids(tiny)
    assert await listed(client="globex", period="october", billable=False) == ids(shop)
    assert await listed(project="redesign", member="ben") == []

    october = await door.call("list_time_entries", period="october", limit=1)
    assert october["period"] == "2026-10"
    assert (october["total_entries"], october["total_hours"]) == (2, "1.8333")
    assert october["billable_hours"] == "0"
    assert len(october["time_entries"]) == 1
    everything_ever = await door.call("list_time_entries")
    assert "total_hours" not in everything_ever
    year = await door.call("list_time_entries", period="2026", project="redesign")
    assert (year["total_hours"], year["billable_hours"]) == ("3.3333", "3")
    empty = await door.call("list_time_entries", period="2025")
    assert (empty["total_entries"], empty["total_hours"]) == (0, "0")
    assert "next_cursor" not in empty


async def test_reads_find_what_is_archived(door: Door) -> None:
    await set_the_scene(door)
    entry = await door.call("log_time", project="redesign", duration="1h")
    await door.call("update_project", project="redesign", status="ARCHIVED")
    await door.call("update_client", client="Acme", archived=True)
    for given in ({"project": "redesign"}, {"client": "acme"}):
        page = await door.call("list_time_entries", **given)
        assert [one["id"] for one in page["time_entries"]] == [entry["id"]]


async def test_pages_follow_each_other_whatever_is_logged_meanwhile(
    door: Door, clock: Clock
) -> None:
    _, project = await set_the_scene(door)
    days = ["2026-11-20", "2026-11-20", "2026-11-20", "2026-11-19", "2026-11-18"]
    ids: list[str] = []
    for number, day in enumerate(days):
        clock.advance(seconds=1)
        given = {"project": "redesign", "duration": "1h", "date": day, "note": str(number)}
        ids.append((await door.call("log_time", **given))["id"])
    expected = [ids[2], ids[1], ids[0], ids[3], ids[4]]

    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await door.call("list_time_entries", limit=2, project="redesign", **cursor)
        pages.append([entry["id"] for entry in page["time_entries"]])
        if "next_cursor" not in page:
            break
        # The selection is what it means, not the words for it.
        cursor = {"cursor": page["next_cursor"]}
        clock.advance(seconds=1)
        await door.call("log_time", project="redesign", duration="1m", note=f"later {len(pages)}")
        if len(pages) == 2:
            # Also where the very entry that a page ended with is gone.
            await door.call("delete_time_entry", time_entry=pages[-1][-1])
    assert pages == [expected[:2], expected[2:4], expected[4:]]
    page = await door.call("list_time_entries", limit=3, project=project["id"], **cursor)
    assert [entry["id"] for entry in page["time_entries"]] == expected[4:]


async def test_a_cursor_is_good_for_its_own_selection_only(house: House, door: Door) -> None:
    await set_the_scene(door)
    for note in "ab":
        await door.call("log_time", project="redesign", duration="1h", note=note)
    page = await door.call("list_time_entries", limit=1, period="november")
    cursor = page["next_cursor"]
    refusal = await refused(house, door, "list_time_entries", period="october", cursor=cursor)
    assert refusal.message == (
        "cursor: it belongs to a list with other filters; repeat those, or leave the cursor out."
    )
    for rubbish in ("", "x", "!!", "WzEsMl0", "W10", "bnVsbA", cursor[:-3], "[" * 400, "é"):
        refusal = await refused(house, door, "list_time_entries", period="november", cursor=rubbish)
        assert refusal.code == "validation_error"
        assert list(refusal.error["fields"]) == ["cursor"]
    refusal = await refused(house, door, "list_tasks", cursor=cursor)
    assert refusal.message.startswith("cursor: it belongs to a list with other filters")


async def test_what_cannot_be_listed_is_refused_with_the_way_out(house: House, door: Door) -> None:
    await set_the_scene(door)
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        (
            {"period": "next fortnight"},
            'period: "next fortnight" is not a period; write it like last month, october, 2026-10, '
            "Q3 2025 or 2026-10-01..2026-10-15.",
        ),
        (
            {"period": "2026-10-15..2026-10-01"},
            "period: 2026-10-15 is after 2026-10-01; write the earlier day first, like "
            "2026-10-01..2026-10-15.",
        ),
        ({"limit": 0}, "limit must be at least 1."),
        ({"limit": 201}, "limit must be at most 200."),
        ({"member": "Xi"}, 'There is no member "Xi". find() lists the members.'),
        ({"client": "Initech"}, 'There is no client "Initech". Make one with create_client.'),
    )
    for given, sentence in refusals:
        assert (await refused(house, door, "list_time_entries", **given)).message == sentence
