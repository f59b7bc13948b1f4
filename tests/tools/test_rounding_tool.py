"""Setting how billed time is rounded, and what that does to open work."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import drafted, logged, work_at_acme
from houses import Door
from rows import events, everything
from scenes import A_KEY_DECIDES, House, refused

pytestmark = pytest.mark.anyio


@A_KEY_DECIDES
async def test_the_nearest_policy_holds_and_can_be_inherited_again(
    house: House, door: Door
) -> None:
    runtime, _ = house
    await work_at_acme(door, "7m", "8m")
    steps: list[tuple[dict[str, Any], str, str, str]] = [
        ({"minutes": 15, "mode": "up", "per": "entry"}, "organization", "organization", "45.00"),
        ({"client": "Acme", "minutes": "6", "mode": "down"}, "client", "client", "18.00"),
        ({"project": "redesign", "minutes": 10, "mode": "nearest"}, "project", "project", "30.00"),
        ({"project": "redesign", "per": "line"}, "project", "project", "30.00"),
        ({"project": "redesign", "mode": "up"}, "project", "project", "30.00"),
        ({"project": "redesign", "minutes": ""}, "project", "client", "18.00"),
        ({"client": "Acme", "minutes": ""}, "client", "organization", "45.00"),
        ({"minutes": 0}, "organization", "organization", "22.50"),
    ]
    for given, level, decided_by, subtotal in steps:
        done = await door.call("set_rounding", **given)
        assert (done["level"], done["decided_by"]) == (level, decided_by), given
        shown = (await door.call("list_unbilled"))["clients"][0]
        assert shown["subtotal"] == subtotal, given
        if done["unbilled"]:
            assert done["unbilled"][0]["amount_after"] == subtotal
            assert done["entries_changed"] > 0
    kinds = [one["type"] for one in await events(runtime)]
    assert kinds.count("rounding.updated") == len(steps)

    # What follows a project, or a client, hears of its rounding.
    project = (await door.call("log_time", project="redesign", duration="1m"))["project_id"]
    changes = [one for one in await events(runtime) if one["type"] == "rounding.updated"]
    assert [one["project_id"] for one in changes] == [
        project if level == "project" else None for _, level, _, _ in steps
    ]
    assert [("client_id" in one["data"]) for one in changes] == [
        level != "organization" for _, level, _, _ in steps
    ]

    before = await everything(runtime)
    told = await door.call("set_rounding", project="redesign")
    assert (told["rounding"], told["decided_by"]) == ("none", "organization")
    same = await door.call("set_rounding", minutes=0)
    assert (same["entries_changed"], same["unbilled"]) == (0, [])
    assert await everything(runtime) == before


async def test_what_is_claimed_is_not_rounded_anew(door: Door) -> None:
    await work_at_acme(door, "7m")
    draft = await drafted(door)
    await logged(door, "8m")
    done = await door.call("set_rounding", client="Acme", minutes=15)
    assert (done["rounding"], done["entries_changed"]) == ("up to 15 minutes per entry", 1)
    assert done["unbilled"] == [
        {
            "currency": "EUR",
            "amount_before": "12.00",
            "amount_after": "22.50",
            "amount_difference": "10.50",
        }
    ]
    assert (await door.call("get_invoice", invoice=draft["id"]))["lines"] == draft["lines"]


async def test_what_is_no_rounding_is_refused(house: House, door: Door) -> None:
    await work_at_acme(door)
    choices = "choose 0, 1, 5, 6, 10, 15, 30 or 60, where 0 leaves it as it is."
    cases: list[tuple[dict[str, Any], str]] = [
        ({"minutes": 7}, f"minutes: Time cannot be rounded to 7 minutes; {choices}"),
        ({"minutes": "x"}, 'minutes: "x" is no number of minutes; write it like 15.'),
        (
            {"minutes": ""},
            "minutes: the organisation has nothing to inherit from; write 0 for no rounding.",
        ),
        (
            {"client": "Acme", "minutes": "", "mode": "up"},
            "minutes: what is inherited has its own mode and per; leave them out.",
        ),
        (
            {"client": "Acme", "project": "redesign", "minutes": 6},
            "A project belongs to one client: give client or project, not both.",
        ),
    ]
    for given, sentence in cases:
        refusal = await refused(house, door, "set_rounding", **given)
        assert (refusal.code, refusal.message) == ("validation_error", sentence)
