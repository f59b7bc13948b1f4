"""What callers write is read strictly, and refused in one sentence of our own.

Arguments are read before any database matters, so one is enough here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from houses import Clock, Door, daily, open_house
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio

LOG = {"project": "redesign", "duration": "1h"}


@pytest.fixture
async def house(sqlite_url: str, clock: Clock) -> AsyncGenerator[House]:
    """Yield a house on SQLite."""
    async with open_house(sqlite_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def door(door: Door) -> Door:
    """Return a door with a client and a project behind it."""
    await set_the_scene(door)
    return door


EVERY_DOOR = pytest.mark.parametrize("door", daily("in-process"), indirect=True)
REPEATS_NO_INPUT = pytest.mark.not_over_rest("an unknown name is not repeated there")
WITHOUT_A_WIRE = pytest.mark.parametrize("door", ["in-process"], indirect=True)
"""For what no wire of JSON can carry."""


@EVERY_DOOR
@REPEATS_NO_INPUT
async def test_an_unknown_argument_is_named_with_the_nearest(house: House, door: Door) -> None:
    takes = "project, duration, date, task, note, billable, tags, allow_duplicate."
    for name, suggestion in {
        "notes": " Did you mean note?",
        "durations": " Did you mean duration?",
        "weather": "",
    }.items():
        refusal = await refused(house, door, "log_time", **LOG, **{name: "x"})
        sentence = f"log_time takes no argument {name}.{suggestion} It takes: {takes}"
        assert refusal.error == {
            "code": "validation_error",
            "message": sentence,
            "fields": {name: sentence},
        }
    nothing = await refused(house, door, "log_time", **LOG, weather=None)
    assert nothing.message == f"log_time takes no argument weather. It takes: {takes}"
    refusal = await refused(house, door, "log_time", **LOG, **{"no\u202etes": "x"})
    assert "\u202e" not in refusal.message
    assert (await refused(house, door, "overview", day="today")).message == (
        "overview takes no argument day. It takes: none."
    )
    refusal = await refused(house, door, "log_times", entries=[{**LOG, "notes": "x"}])
    assert refusal.message == (
        "entries.0 takes no argument notes. Did you mean note? It takes: duration, project, date, "
        "task, note, billable, tags."
    )
    assert list(refusal.error["fields"]) == ["entries.0.notes"]


@pytest.mark.parametrize(
    ("operation", "given", "sentence"),
    [
        ("log_time", {"project": "x"}, "duration is missing; log_time needs it."),
        ("log_time", {**LOG, "project": 7}, "project must be text."),
        ("log_time", {**LOG, "billable": "yes"}, "billable must be true or false."),
        ("log_time", {**LOG, "billable": 1}, "billable must be true or false."),
        ("log_time", {**LOG, "tags": "design"}, "tags must be a list."),
        ("log_time", {**LOG, "tags": ["a", 7]}, "tags.1 must be text."),
        ("log_time", {**LOG, "project": None}, "project must be text."),
        ("log_time", {**LOG, "tags": [None]}, "tags.0 must be text."),
        (
            "update_project",
            {"project": "redesign", "status": "done"},
            "status must be one of 'ACTIVE', 'COMPLETED' or 'ARCHIVED'.",
        ),
        (
            "log_time",
            {**LOG, "duration": 2},
            "duration: write a duration with its unit, as text: 2h, 90m, 1h30m or 1:30.",
        ),
        (
            "log_time",
            {**LOG, "duration": "2"},
            'duration: "2" has no unit; write 2h for hours or 2m for minutes.',
        ),
        (
            "log_time",
            {**LOG, "duration": "all day"},
            'duration: "all day" is not a duration; write it like 2h, 1h30m, 1:30, 90m or 1.5h.',
        ),
        (
            "log_time",
            {**LOG, "tags": [str(number) for number in range(21)]},
            "tags: there may be at most 20 tags.",
        ),
        (
            "log_time",
            {**LOG, "tags": [" "]},
            "tags.0: The tag is empty; write at least one letter or digit.",
        ),
        (
            "log_time",
            {**LOG, "note": "x" * 2_001},
            "note: The note has 2001 characters; write at most 2000.",
        ),
        (
            "log_time",
            {**LOG, "project": "x" * 501},
            "project: it must have at most 500 characters.",
        ),
        ("list_time_entries", {"limit": "20"}, "limit must be a whole number."),
        ("list_time_entries", {"limit": 1.5}, "limit must be a whole number."),
        ("list_time_entries", {"limit": True}, "limit must be a whole number."),
        ("list_tasks", {"status": []}, "status must have at least 1 item."),
        ("log_times", {"entries": [LOG, "x"]}, "entries.1 must be an object with named fields."),
        (
            "log_times",
            {"entries": [{"project": "redesign"}]},
            "entries.0.duration is missing; log_times needs it.",
        ),
        (
            "log_times",
            {"entries": [{**LOG, "duration": None}]},
            "entries.0.duration: write a duration with its unit, as text: 2h, 90m, 1h30m or 1:30.",
        ),
        (
            "create_client",
            {"name": "Globex", "default_rate": True},
            "default_rate: write a decimal number, like 87.50, or leave it out.",
        ),
    ],
)
@EVERY_DOOR
async def test_what_cannot_be_read_is_refused_in_one_sentence(
    house: House, door: Door, operation: str, given: dict[str, Any], sentence: str
) -> None:
    refusal = await refused(house, door, operation, **given)
    # Over REST a duration has a second name, as a number.
    message = refusal.message.replace("duration or durationSeconds is", "duration is")
    assert (refusal.code, message) == ("validation_error", sentence)
    assert list(refusal.error["fields"].values()) == [refusal.message]


@EVERY_DOOR
async def test_null_is_taken_for_what_may_be_left_out(door: Door) -> None:
    day = await door.call("overview")
    entry = await door.call("log_time", **LOG, date=None, note=None, billable=None, tags=None)
    assert (entry["entry_date"], entry["billable"]) == (day["today"], True)
    noted = await door.call("update_time_entry", time_entry=entry["id"], note="Wireframes")
    kept = await door.call("update_time_entry", time_entry=entry["id"], note=None, duration="2h")
    assert (noted["note"], kept["note"], kept["duration"]) == ("Wireframes", "Wireframes", "2h")
    several = await door.call(
        "log_times", entries=[{**LOG, "date": "yesterday", "billable": None, "tags": None}]
    )
    assert several["time_entries"][0]["billable"] is True


@EVERY_DOOR
async def test_choices_are_taken_in_any_case(door: Door) -> None:
    task = await door.call("create_task", project="redesign", name="QA", status="in progress")
    assert task["status"] == "IN_PROGRESS"
    assert (await door.call("list_tasks", status="In-Progress"))["tasks"][0]["id"] == task["id"]
    fixed = await door.call(
        "create_project", client="Acme", name="Logo", rate_type="fixed", fixed_fee_amount="500"
    )
    assert fixed["rate_type"] == "FIXED"
    assert (await door.call("find", query="logo", kind="Project"))["results"][0]["name"] == "Logo"
    assert (await door.call("list_invoices", status=["draft", "Written off"]))["invoices"] == []


@EVERY_DOOR
@REPEATS_NO_INPUT
async def test_every_mistake_is_named_at_once(house: House, door: Door) -> None:
    refusal = await refused(house, door, "log_time", duration="2", billable="no", nonsense=1)
    assert set(refusal.error["fields"]) == {"project", "duration", "billable", "nonsense"}
    assert refusal.message == " ".join(refusal.error["fields"].values())


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\x00", "U+0000"),
        ("\x1b", "U+001B"),
        ("\u202e", "U+202E (right-to-left override)"),
        ("\u2066", "U+2066 (left-to-right isolate)"),
        ("\u200b", "U+200B (zero width space)"),
        ("\U000e0041", "U+E0041 (tag latin capital letter a)"),
    ],
)
@EVERY_DOOR
async def test_characters_that_hide_or_turn_text_are_refused_everywhere(
    house: House, door: Door, character: str, shown: str
) -> None:
    text = f"a{character}b"
    line = f"holds {shown}; take it out, and write only what can be seen, on one line."
    note = f"holds {shown}; take it out, and write only what can be seen."
    refusals: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("log_time", {**LOG, "note": text}, f"note: The note {note}"),
        ("log_time", {**LOG, "tags": [text]}, f"tags.0: The tag {line}"),
        ("log_time", {**LOG, "project": text}, f"project: The text {note}"),
        ("log_time", {**LOG, "date": text}, f"date: The text {note}"),
        ("log_time", {**LOG, "task": text}, f"task: The text {note}"),
        ("log_times", {"entries": [{**LOG, "note": text}]}, f"entries.0.note: The note {note}"),
        ("create_client", {"name": text}, f"name: The name {line}"),
        ("create_client", {"name": "x", "notes": text}, f"notes: The text {note}"),
        ("create_project", {"client": "Acme", "name": text}, f"name: The name {line}"),
        ("create_task", {"project": "redesign", "name": text}, f"name: The name {line}"),
        ("set_up", {"your_name": text}, f"your_name: The name {line}"),
        ("update_time_entry", {"time_entry": text}, f"time_entry: The text {note}"),
        ("list_time_entries", {"search": text}, f"search: The text {line}"),
        ("find", {"query": text}, f"query: The text {line}"),
    )
    for operation, given, sentence in refusals:
        refusal = await refused(house, door, operation, **given)
        assert (refusal.code, refusal.message) == ("validation_error", sentence)


@WITHOUT_A_WIRE
async def test_what_is_no_number_is_no_rate(house: House, door: Door) -> None:
    given: dict[str, Any] = {"name": "Globex", "currency": "EUR", "default_rate": float("nan")}
    sentence = (
        'default_rate: "nan" is not a rate; write 95 or 87.50: digits alone, a point before '
        "decimals and nothing between thousands."
    )
    refusal = await refused(house, door, "create_client", **given)
    assert (refusal.code, refusal.message) == ("validation_error", sentence)


@WITHOUT_A_WIRE
async def test_what_is_no_json_is_refused(house: House, door: Door) -> None:
    strange: Any
    for strange in ("lone \ud800 surrogate", object()):
        refusal = await refused(house, door, "log_time", **{**LOG, "note": strange})
        assert refusal.message == (
            "log_time was given something that cannot be written as JSON in UTF-8; give text, "
            "numbers, true or false, and lists of them."
        )
