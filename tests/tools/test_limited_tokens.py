"""A token that is limited to some projects: for it the others are not there, whatever the role."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Clock, InProcess, Refused
from rows import limit_to_projects
from scenes import House, refused, set_the_scene

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.access.roles import LIMITED_SCOPES

pytestmark = pytest.mark.anyio


@pytest.fixture
async def doors(house: House) -> tuple[InProcess, InProcess]:
    """Return the door of an owner, and that of their token which reaches Website redesign only."""
    runtime, caller = house
    whole = InProcess(runtime, caller)
    _, project = await set_the_scene(whole)
    await whole.call("create_project", client="Acme", name="Shop")
    issued = await issue_token(runtime, name="limited")
    await limit_to_projects(runtime, "limited", [project["id"]])
    return whole, InProcess(runtime, Caller(door="test", token=issued.token))


async def test_it_is_good_for_work_on_its_projects_and_for_nothing_else(
    house: House, doors: tuple[InProcess, InProcess]
) -> None:
    whole, limited = doors
    actor = await limited.runtime.identify(limited.caller)
    assert (actor.is_limited, actor.scopes) == (True, LIMITED_SCOPES)
    assert {one["name"] for one in (await limited.call("find", kind="project"))["results"]} == {
        "Website redesign"
    }
    await limited.call("log_time", project="redesign", duration="1h")
    await whole.call("log_time", project="shop", duration="1h")
    page = await limited.call("list_time_entries", period="today")
    assert (len(page["time_entries"]), page["total_hours"]) == (1, "1")
    assert (await limited.call("overview"))["today_hours"] == "1"
    assert (await limited.call("get_client", client="Acme"))["name"] == "Acme"
    for operation, given, code in (
        ("create_project", {"client": "Acme", "name": "Third"}, "forbidden_scope"),
        ("create_client", {"name": "Globex"}, "forbidden_scope"),
        ("list_invoices", {}, "forbidden_scope"),
        ("set_rate", {"rate": "1"}, "forbidden_scope"),
        ("update_project", {"project": "shop", "name": "x"}, "not_found"),
        ("set_rate", {"project": "shop", "rate": "1"}, "not_found"),
    ):
        assert (await refused(house, limited, operation, **given)).code == code, operation


async def test_a_name_that_is_taken_out_of_its_reach_is_refused_without_a_word_more(
    house: House, doors: tuple[InProcess, InProcess]
) -> None:
    _, limited = doors
    taken = await refused(house, limited, "update_project", project="redesign", name="SHOP")
    assert taken.error["code"] == "conflict"
    assert "candidates" not in taken.error
    assert "pr_" not in taken.message


async def test_a_day_has_24_hours_on_all_projects_and_only_its_own_are_told(
    house: House, doors: tuple[InProcess, InProcess]
) -> None:
    whole, limited = doors
    await whole.call("log_time", project="shop", duration="20h")
    entry = await limited.call("log_time", project="redesign", duration="3h")
    assert entry["day_total"] == "3 h"
    full = await refused(house, limited, "log_time", project="redesign", duration="2h")
    assert "would have more than 24h" in full.message
    assert "3h on Website redesign" in full.message
    assert "Shop" not in str(full.error)


async def test_a_timer_out_of_its_reach_is_neither_stopped_nor_shown(
    house: House, doors: tuple[InProcess, InProcess], clock: Clock
) -> None:
    whole, limited = doors
    await whole.call("start_timer", project="shop")
    clock.advance(hours=1)
    assert "timer" not in await limited.call("overview")
    beside = await refused(house, limited, "start_timer", project="redesign")
    assert beside.message == (
        "A timer is running that this token does not reach; stop it first with another."
    )
    assert (await refused(house, limited, "stop_timer")).code == "conflict"
    await whole.call("stop_timer")
    assert (await limited.call("start_timer", project="redesign"))["timer"]


async def test_what_is_billed_is_locked_and_its_invoice_is_not_named(
    house: House, doors: tuple[InProcess, InProcess]
) -> None:
    whole, limited = doors
    entry = await limited.call("log_time", project="redesign", duration="1h")
    proposed = await whole.call("preview_invoice", client="Acme")
    await whole.call("create_invoice", proposal=proposed["proposal"])
    for operation, given in (("update_time_entry", {"note": "x"}), ("delete_time_entry", {})):
        locked = await refused(house, limited, operation, time_entry=entry["id"], **given)
        assert locked.message == "That time is already billed, so it is locked."


async def test_keys_of_another_token_of_its_member_open_nothing(
    doors: tuple[InProcess, InProcess],
) -> None:
    whole, limited = doors
    given: dict[str, Any] = {"project": "shop", "duration": "1h"}
    await whole.call("log_time", key="k", **given)
    with pytest.raises(Refused) as lost:
        await limited.call("log_time", key="k", **given)
    assert lost.value.code == "not_found"
    assert "Shop" not in str(lost.value.error)
