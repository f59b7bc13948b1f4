"""Logging time, through every door and on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Door, Refused
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_time_is_logged_on_the_project_that_words_mean(door: Door) -> None:
    await set_the_scene(door)
    entry = await door.call(
        "log_time",
        project="acme redesign",
        duration="1h30m",
        note="  Homepage\r\nand menu ",
        tags=["design", "UI", "design"],
    )
    assert (entry["project"], entry["client"]) == ("Website redesign", "Acme")
    assert (entry["duration"], entry["duration_seconds"]) == ("1h30m", 5_400)
    assert (entry["entry_date"], entry["weekday"]) == ("2026-11-20", "Friday")
    assert entry["note"] == "Homepage\nand menu"
    assert entry["tags"] == ["design", "UI"]
    assert entry["billable"] is True
    assert entry["day_total"] == "1.5 h"
    assert entry["warnings"] == []
    assert entry["available_actions"] == ["update_time_entry", "delete_time_entry"]
    assert "task" not in entry
    assert "repeated" not in entry


async def test_durations_and_days_are_taken_as_people_say_them(door: Door) -> None:
    _, project = await set_the_scene(door)
    said = {
        ("2h", "today"): (7_200, "2026-11-20"),
        ("1:30", "yesterday"): (5_400, "2026-11-19"),
        ("90m", "monday"): (5_400, "2026-11-16"),
        ("1,5 h", "friday"): (5_400, "2026-11-20"),
        ("45 min", "last friday"): (2_700, "2026-11-13"),
        ("1.25h", "3 days ago"): (4_500, "2026-11-17"),
        ("1h", "12 nov"): (3_600, "2026-11-12"),
        ("1s", "Wednesday 2026-02-11"): (1, "2026-02-11"),
    }
    for (duration, day), meant in said.items():
        entry = await door.call("log_time", project=project["id"], duration=duration, date=day)
        assert (entry["duration_seconds"], entry["entry_date"]) == meant, (duration, day)


async def test_the_nearest_flag_decides_whether_time_is_charged_for(door: Door) -> None:
    await set_the_scene(door)
    await door.call("create_project", client="Acme", name="Favours", rate_type="NON_BILLABLE")
    await door.call("create_task", project="redesign", name="Pitch", billable=False)
    await door.call("create_task", project="favours", name="Hosting", billable=True)

    async def billable(**given: Any) -> bool:
        entry = await door.call("log_time", duration="1m", **given)
        assert entry.get("task") == given.get("task")
        return bool(entry["billable"])

    assert await billable(project="redesign") is True
    assert await billable(project="favours") is False
    assert await billable(project="redesign", task="Pitch") is False
    assert await billable(project="favours", task="Hosting") is True
    assert await billable(project="redesign", task="Pitch", billable=True) is True
    assert await billable(project="favours", task="Hosting", billable=False) is False


async def test_a_day_has_24_hours_and_the_refusal_shows_what_is_there(
    house: House, door: Door
) -> None:
    await set_the_scene(door)
    first = await door.call("log_time", project="redesign", duration="20h", date="yesterday")
    assert first["warnings"] == ["Thursday 2026-11-19 now has 20h."]
    refusal = await refused(
        house, door, "log_time", project="redesign", duration="4h1s", date="yesterday"
    )
    assert refusal.code == "validation_error"
    assert refusal.message == (
        "Thursday 2026-11-19 would have 24h1s, and a day has 24h. There already: 20h on Website "
        "redesign. Give another day, a shorter duration, or correct what is there with "
        "update_time_entry."
    )
    assert refusal.error["candidates"] == [{"id": first["id"], "name": "20h Website redesign"}]
    last = await door.call("log_time", project="redesign", duration="4h", date="yesterday")
    assert last["day_total"] == "24 h"
    assert await refused(
        house, door, "log_time", project="redesign", duration="1s", date="yesterday"
    )


async def test_days_to_come_and_dates_with_two_readings_are_refused(
    house: House, door: Door
) -> None:
    await set_the_scene(door)
    for day, sentence in {
        "2026-11-21": (
            "date: Saturday 2026-11-21 is after today; write today's 2026-11-20 or a day before it."
        ),
        "tomorrow": (
            "date: Saturday 2026-11-21 is after today; write today's 2026-11-20 or a day before it."
        ),
        "12/11": (
            'date: "12/11" may mean more than one day; write year, month and day like 2026-11-20.'
        ),
        "2026-02-29": ('date: "2026-02-29" is not in the calendar; write a day like 2026-11-20.'),
        "soon": (
            'date: "soon" is not a day; write it like 2026-11-20, 12 nov, today, monday, '
            "3 days ago."
        ),
    }.items():
        refusal = await refused(
            house, door, "log_time", project="redesign", duration="1h", date=day
        )
        assert refusal.error == {
            "code": "validation_error",
            "message": sentence,
            "fields": {"date": sentence},
        }


async def test_a_name_that_means_nothing_or_too_much_is_answered_with_candidates(
    house: House, door: Door
) -> None:
    _, project = await set_the_scene(door)
    await door.call("create_client", name="Globex")
    other = await door.call("create_project", client="Globex", name="Website redesign")

    refusal = await refused(house, door, "log_time", project="website", duration="1h")
    assert refusal.code == "validation_error"
    assert refusal.message == (
        '"website" fits several projects: Website redesign (Acme), Website redesign (Globex). '
        "Ask which is meant, then use one of these as it is written here, or its id."
    )
    assert refusal.error["candidates"] == [
        {"id": project["id"], "name": "Website redesign", "context": "Acme"},
        {"id": other["id"], "name": "Website redesign", "context": "Globex"},
    ]
    meant = await door.call("log_time", project="Website redesign (Globex)", duration="1h")
    assert meant["project_id"] == other["id"]

    refusal = await refused(house, door, "log_time", project="Websites redesing", duration="1h")
    assert refusal.code == "not_found"
    assert refusal.message.startswith(
        'There is no project "Websites redesing". Near it: Website redesign'
    )
    assert refusal.message.endswith("Make one with create_project.")

    gone = "pr_" + "0" * 26
    refusal = await refused(house, door, "log_time", project=gone, duration="1h")
    assert refusal.code == "not_found"
    assert refusal.message == "There is no project with that id. find() lists what is there."


async def test_no_time_goes_to_an_archived_project_and_a_completed_one_warns(
    house: House, door: Door
) -> None:
    _, project = await set_the_scene(door)
    await door.call("update_project", project="redesign", status="COMPLETED")
    late = await door.call("log_time", project="redesign", duration="13h")
    assert late["warnings"] == [
        "The project Website redesign is marked as completed.",
        "Friday 2026-11-20 now has 13h.",
    ]
    await door.call("update_project", project="redesign", status="ARCHIVED")
    by_name = await refused(house, door, "log_time", project="redesign", duration="1h")
    assert by_name.code == "not_found"
    assert by_name.message == (
        "The project Website redesign (Acme) or its client is archived; bring it back first with "
        "update_project or update_client, by its id."
    )
    assert by_name.error["candidates"][0]["id"] == project["id"]
    by_id = await refused(house, door, "log_time", project=project["id"], duration="1h")
    assert by_id.code == "conflict"
    assert 'update_project(status="ACTIVE")' in by_id.message


async def test_a_task_is_one_of_the_project(house: House, door: Door) -> None:
    await set_the_scene(door)
    await door.call("create_project", client="Acme", name="Shop")
    task = await door.call("create_task", project="redesign", name="Homepage")
    there = await door.call("log_time", project="redesign", duration="1h", task="home")
    assert (there["task"], there["task_id"]) == ("Homepage", task["id"])
    named = await refused(house, door, "log_time", project="shop", duration="1h", task="Homepage")
    assert named.code == "not_found"
    assert named.message == (
        'There is no task "Homepage". Make one with create_task, or leave the task out.'
    )
    by_id = await refused(house, door, "log_time", project="shop", duration="1h", task=task["id"])
    assert by_id.message == ("That task belongs to another project; name one of this project's.")
    assert "task" not in await door.call("log_time", project="shop", duration="1h", task="")


async def test_no_time_goes_to_what_is_put_away(house: House, door: Door) -> None:
    client, project = await set_the_scene(door)
    task = await door.call("create_task", project="redesign", name="Homepage")
    there = await door.call("log_time", project="redesign", duration="1h")
    by_id = {"project": project["id"], "task": task["id"]}

    await door.call("update_task", task="home", archived=True)
    for operation, given in (
        ("log_time", {**by_id, "duration": "1h"}),
        ("log_times", {"entries": [{**by_id, "duration": "1h"}]}),
        ("start_timer", by_id),
        ("update_time_entry", {"time_entry": there["id"], "task": task["id"]}),
    ):
        refusal = await refused(house, door, operation, **given)
        assert refusal.code == "conflict"
        assert (
            "The task Homepage is archived; bring it back first with update_task(archived=false)."
        ) in refusal.message
    await door.call("update_task", task=task["id"], archived=False)

    await door.call("update_client", client="Acme", archived=True)
    by_name: dict[str, dict[str, Any]] = {
        "log_time": {"project": "redesign", "duration": "1h"},
        "start_timer": {"project": "acme redesign"},
        "create_task": {"project": "Website redesign", "name": "Menu"},
        "update_task": {"task": "Homepage", "status": "DONE"},
    }
    for operation, given in by_name.items():
        refusal = await refused(house, door, operation, **given)
        assert refusal.code == "not_found"
        assert "its client is archived; bring it back first with update_" in refusal.message
    way_out = "The client Acme is archived; bring it back first with update_client(archived=false)."
    for operation, given in (
        ("log_time", {**by_id, "duration": "1h"}),
        ("start_timer", by_id),
        ("create_task", {"project": project["id"], "name": "Menu"}),
        ("update_project", {"project": project["id"], "status": "ACTIVE"}),
    ):
        refusal = await refused(house, door, operation, **given)
        assert (refusal.code, refusal.message) == ("conflict", way_out)

    # Reads find it, last.
    page = await door.call("list_time_entries", project="redesign", task="")
    assert [one["id"] for one in page["time_entries"]] == [there["id"]]
    found = await door.call("find", query="redesign", kind="project", archived=True)
    assert [(one["id"], one["archived"]) for one in found["results"]] == [(project["id"], True)]
    assert (await door.call("find", query="redesign"))["results"] == []
    await door.call("update_client", client=client["id"], archived=False)
    await door.call("log_time", project="redesign", duration="1h", task="home", note="Back")


async def test_a_candidate_is_taken_as_the_refusal_wrote_it(door: Door) -> None:
    await door.call("create_client", name="Acme", currency="EUR")
    for name in ("Website redesign", "Website redesign 2"):
        await door.call("create_project", client="Acme", name=name)
    with pytest.raises(Refused) as several:
        await door.call("log_time", project="acme redesign", duration="1h")
    for candidate in several.value.error["candidates"]:
        label = f"{candidate['name']} ({candidate['context']})"
        assert label in several.value.message
        entry = await door.call("log_time", project=label, duration="1h")
        assert entry["project_id"] == candidate["id"]


async def test_a_day_long_ago_is_taken_with_a_warning(door: Door) -> None:
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Site")
    entry = await door.call("log_time", project="Site", duration="1h", date="2025-11-20")
    assert entry["warnings"] == ["Thursday 2025-11-20 is long ago; check the year."]
