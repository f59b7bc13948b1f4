"""Setting what an hour costs, at every level, and what that does to open work."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import drafted, logged, work_at_acme
from houses import Door, InProcess, Refused
from rows import add_member, events, everything
from scenes import A_KEY_DECIDES, House, refused

pytestmark = pytest.mark.anyio


async def unbilled(door: Door) -> str:
    shown = await door.call("list_unbilled")
    return str(shown["clients"][0]["subtotal"])


async def test_the_first_level_with_a_rate_decides(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door)
    await door.call("set_up", your_name="Ada")
    task = await door.call("create_task", project="redesign", name="Design")
    await door.call("create_project", client="Acme", name="Shop")
    await logged(door, "1h", project="Shop")
    levels: list[tuple[dict[str, Any], str, str]] = [
        ({}, "organization", "50.00"),
        ({"client": "Acme"}, "client", "60.00"),
        ({"member": "Ada"}, "member", "70.00"),
        ({"project": "Shop"}, "project", "80.00"),
        ({"project": "Shop", "member": "Ada"}, "project_member", "110.00"),
    ]
    for place, level, rate in levels:
        done = await door.call("set_rate", rate=rate, **place)
        assert (done["level"], done["rate"], done["currency"]) == (level, rate, "EUR")
        assert (done["holds"], done["entries_repriced"]) == ("on all days", 1)
        assert done["unbilled"][0]["amount_after"] == rate
        assert await unbilled(door) == rate
    # A more general rate counts no more where a closer one is.
    for place in ({}, {"client": "Acme"}, {"member": "Ada"}, {"project": "Shop"}):
        general = await door.call("set_rate", rate="55", **place)
        assert (general["entries_repriced"], general["unbilled"]) == (0, [])
    await logged(door, "2h", task="Design")
    done = await door.call("set_rate", rate="100", task="design")
    assert (done["level"], done["task_id"]) == ("task", task["id"])
    assert done["name"] == "Design (Website redesign)"
    assert done["unbilled"] == [
        {
            "currency": "EUR",
            "amount_before": "180.00",
            "amount_after": "200.00",
            "amount_difference": "20.00",
        }
    ]
    kinds = [one["type"] for one in await events(runtime)]
    assert kinds.count("rate.created") == 10


@A_KEY_DECIDES
async def test_a_later_rate_prices_from_its_day_on(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door)
    await logged(door, "1h", "2h", date="2026-11-16")
    claimed = await drafted(door)
    await logged(door, "1h", date="2026-11-18")
    await logged(door, "3h", date="2026-11-19")
    await logged(door, "4h")
    done = await door.call("set_rate", rate="100", project="redesign", rate_from="2026-11-19")
    assert (done["starts_on"], done["weekday"]) == ("2026-11-19", "Thursday")
    assert done["holds"] == "from Thursday 2026-11-19 on"
    assert (done["entries_repriced"], done["unbilled"][0]["amount_difference"]) == (2, "70.00")
    assert await unbilled(door) == "790.00"
    unmoved = await door.call("get_invoice", invoice=claimed["id"])
    assert (unmoved["subtotal"], unmoved["lines"]) == ("270.00", claimed["lines"])

    before = await everything(runtime)
    again = await door.call("set_rate", rate="100.00", project="redesign")
    assert (again["id"], again["entries_repriced"]) == (done["id"], 0)
    assert await everything(runtime) == before

    earlier = await door.call("set_rate", rate="95", project="redesign", rate_from="2026-11-17")
    assert earlier["entries_repriced"] == 1
    assert earlier["warnings"] == ["From Thursday 2026-11-19 on another rate holds: 100.00."]
    far = await door.call("set_rate", rate="99", client="Acme", rate_from="19 october")
    assert far["warnings"] == [
        "It is the first rate, so it holds for all days before, too.",
        "Tuesday 2027-10-19 is far ahead; check the year.",
    ]
    same_day = await door.call("set_rate", rate="96", project="redesign", rate_from="2026-11-17")
    assert same_day["id"] != earlier["id"]
    assert await unbilled(door) == "796.00"


async def test_a_first_rate_from_a_day_on_says_that_it_holds_before_that_day_too(
    door: Door,
) -> None:
    await work_at_acme(door)
    await door.call("create_task", project="redesign", name="Design")
    await logged(door, "1h", task="Design", date="2026-11-16")
    todays = await door.call("set_rate", rate="100", client="Acme")
    assert todays["warnings"] == []
    dated = await door.call("set_rate", rate="150", task="Design", rate_from="2026-11-19")
    assert (dated["holds"], await unbilled(door)) == ("on all days", "150.00")
    assert dated["warnings"] == ["It is the first rate, so it holds for all days before, too."]


async def test_a_rate_in_another_currency_is_passed_over(door: Door) -> None:
    await work_at_acme(door)
    await door.call("create_project", client="Acme", name="Shop")
    await logged(door, "1h", project="Shop")
    dollars = await door.call("set_rate", rate="70", currency="usd")
    assert (dollars["currency"], dollars["entries_repriced"]) == ("USD", 0)
    await door.call("update_client", client="Acme", currency="USD")
    shown = (await door.call("list_unbilled"))["clients"][0]
    assert (shown["currency"], shown["subtotal"]) == ("USD", "70.00")


async def test_what_cannot_be_priced_is_refused(house: House, door: Door) -> None:
    await work_at_acme(door)
    cases: list[tuple[dict[str, Any], str]] = [
        (
            {"client": "Acme", "project": "redesign"},
            "A rate is for a client, a project, a task, a member, a member on a project, or for "
            "everything: client and project do not go together.",
        ),
        (
            {"project": "redesign", "currency": "USD"},
            "currency: Website redesign is billed in EUR, and a rate in USD would be passed over. "
            "Leave currency out.",
        ),
        ({"project": "redesign", "rate_from": "someday"}, "rate_from: "),
        ({"rate": "-1"}, 'rate: "-1" is out of range; write a rate from 0 to 1000000, like 87.50.'),
    ]
    for given, sentence in cases:
        refusal = await refused(house, door, "set_rate", **{"rate": "90", **given})
        assert refusal.code == "validation_error"
        assert refusal.message.startswith(sentence)


async def test_who_manages_prices_projects_and_not_everything(house: House, door: Door) -> None:
    runtime, _ = house
    await work_at_acme(door)
    manager = InProcess(runtime, await add_member(runtime, "Mia", role="MANAGER"))
    assert (await manager.call("set_rate", rate="91", project="redesign"))["rate"] == "91.00"
    assert (await manager.call("set_rounding", client="Acme", minutes=6))["level"] == "client"
    too_much: list[tuple[str, dict[str, Any]]] = [
        ("set_rate", {"rate": "91"}),
        ("set_rate", {"rate": "91", "member": "Mia"}),
        ("set_rounding", {"minutes": 6}),
    ]
    for operation, given in too_much:
        with pytest.raises(Refused) as caught:
            await manager.call(operation, **given)
        assert caught.value.message == "That needs the role ADMIN or a higher one."
