"""Projects: how they are charged for, what they may cost, and what an hour of them costs when."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR
from houses import Clock, Door, Refused
from rows import events, everything
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


async def test_a_project_is_made_with_all_that_is_known_of_it(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await door.call("set_up", time_zone="UTC")
    await door.call("create_client", name="Acme", currency="EUR")
    given = {
        "client": "acme",
        "name": "Redesign",
        "rate_type": "FIXED",
        "fixed_fee_amount": "1200.5",
        "budget_hours": "40h",
        "description": "All of it",
        "color": "#1e90ff",
        "start_date": "today",
        "due_date": "in 2 weeks",
    }
    project = await door.call("create_project", **given)
    shown = {
        "client": "Acme",
        "name": "Redesign",
        "status": "ACTIVE",
        "rate_type": "FIXED",
        "currency": "EUR",
        "fixed_fee_amount": "1200.50",
        "budget_hours": "40",
        "description": "All of it",
        "color": "#1e90ff",
        "start_date": "2026-11-20",
        "due_date": "2026-12-04",
    }
    assert {name: project[name] for name in shown} == shown
    clock.advance(seconds=1)
    before = await everything(runtime)
    assert await door.call("update_project", project="redesign", **given) == project
    assert await everything(runtime) == before

    cleared = await door.call(
        "update_project", project="redesign", description="", color="", start_date="", due_date=""
    )
    assert not {"description", "color", "start_date", "due_date"} & cleared.keys()
    changed = await door.call(
        "update_project", project="redesign", name="Relaunch", rate_type="HOURLY", budget_amount=900
    )
    assert (changed["name"], changed["budget_amount"]) == ("Relaunch", "900.00")
    assert not {"fixed_fee_amount", "budget_hours"} & changed.keys()
    changed = await door.call("update_project", project="relaunch", budget_hours="10h")
    assert changed["budget_hours"] == "10"
    assert "budget_amount" not in changed
    done = await door.call("update_project", project="relaunch", status="COMPLETED")
    assert (done["status"], done["available_actions"]) == ("COMPLETED", ["update_project"])
    assert [one["type"] for one in await events(runtime)][-4:] == ["project.updated"] * 4


async def test_a_project_has_one_kind_of_price_and_at_most_one_budget(
    house: House, door: Door
) -> None:
    await door.call("set_up", time_zone="UTC")
    await door.call("create_client", name="Acme", currency="JPY")
    await door.call("create_project", client="Acme", name="Hourly")
    await door.call(
        "create_project", client="Acme", name="Fixed", rate_type="FIXED", fixed_fee_amount=120000
    )
    need = "rate_type: A FIXED project needs a fee: give fixed_fee_amount."
    none = (
        'rate_type: Only a FIXED project has a fee: give rate_type="FIXED", or leave '
        "fixed_fee_amount out."
    )
    both = (
        "budget_amount: A budget is hours or money: give budget_hours or budget_amount, not both."
    )
    refusals: tuple[tuple[str | None, dict[str, Any], str], ...] = (
        (None, {"rate_type": "FIXED"}, need),
        (None, {"fixed_fee_amount": "5"}, none),
        (None, {"rate_type": "NON_BILLABLE", "fixed_fee_amount": "5"}, none),
        (None, {"budget_hours": "1h", "budget_amount": "5"}, both),
        ("Hourly", {"rate_type": "FIXED"}, need),
        ("Hourly", {"fixed_fee_amount": "5"}, none),
        ("Fixed", {"fixed_fee_amount": ""}, need),
        ("Fixed", {"rate_type": "HOURLY", "fixed_fee_amount": "5"}, none),
        ("Fixed", {"budget_hours": "1h", "budget_amount": "5"}, both),
        (
            "Fixed",
            {"fixed_fee_amount": "1.5"},
            'fixed_fee_amount: "1.5" is too fine: an amount in JPY has no decimals; write it like '
            "1200.",
        ),
        (
            "Fixed",
            {"start_date": "2026-12-02", "due_date": "2026-12-01"},
            "due_date: 2026-12-01 is before start_date, 2026-12-02; correct one of them.",
        ),
        (
            "Fixed",
            {"rate_type": "DAILY"},
            "rate_type must be one of 'HOURLY', 'FIXED' or 'NON_BILLABLE'.",
        ),
    )
    for project, given, sentence in refusals:
        if project is None:
            call: dict[str, Any] = {"client": "Acme", "name": "New", **given}
            refusal = await refused(house, door, "create_project", **call)
        else:
            refusal = await refused(house, door, "update_project", project=project, **given)
        assert (refusal.code, refusal.message) == ("validation_error", sentence), given
    changed = await door.call(
        "update_project", project="Hourly", rate_type="FIXED", fixed_fee_amount="5"
    )
    assert changed["fixed_fee_amount"] == "5"


async def test_a_live_name_is_one_projects_alone_within_its_client(
    house: House, door: Door, clock: Clock
) -> None:
    await door.call("create_client", name="Acme")
    await door.call("create_client", name="Globex")
    acmes = await door.call("create_project", client="Acme", name="Website")
    globexs = await door.call("create_project", client="Globex", name="Website")
    clock.advance(minutes=3)
    refusal = await refused(house, door, "create_project", client="Acme", name="WEBSITE")
    assert refusal.code == "conflict"
    assert refusal.message == (
        f"Acme has a project of that name already: Website ({acmes['id']}). Use that one, or give "
        "another name."
    )
    moving = await refused(house, door, "update_project", project=globexs["id"], client="Acme")
    assert moving.error["candidates"][0]["id"] == acmes["id"]
    moved = await door.call(
        "update_project", project=globexs["id"], client="Acme", name="Website 2"
    )
    assert (moved["client"], moved["name"]) == ("Acme", "Website 2")
    # Archived, it gives its name away, and cannot come back under it.
    await door.call("update_project", project="acme website 2", status="ARCHIVED")
    await door.call("create_project", client="Acme", name="Website 2")
    refusal = await refused(house, door, "update_project", project=moved["id"], status="ACTIVE")
    assert refusal.code == "conflict"
    back = await door.call("update_project", project=moved["id"], status="ACTIVE", name="Website 3")
    assert back["status"] == "ACTIVE"


async def test_a_rate_holds_from_its_day_on_and_the_first_for_all_days_before(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await door.call("set_up", time_zone="UTC", currency="EUR")
    await door.call("create_client", name="Acme")
    first = await door.call("create_project", client="Acme", name="Shop", hourly_rate=80)
    assert (first["hourly_rate"], first["rate_from"]) == ("80.00", "project")
    assert "hourly_rate_starts_on" not in first

    async def records() -> list[tuple[str | None, int]]:
        rows = (await everything(runtime))["rate"]
        live = [(row["starts_on"], row["rate"]) for row in rows if row["deleted_at"] is None]
        return sorted(live, key=lambda one: one[0] or "")

    async def rate(**given: Any) -> tuple[str, str | None]:
        project = await door.call("update_project", project="Shop", **given)
        return project["hourly_rate"], project.get("hourly_rate_starts_on")

    assert await rate(hourly_rate="90") == ("90.00", "2026-11-20")
    assert await rate(hourly_rate="95") == ("95.00", "2026-11-20")
    assert await records() == [(None, 800_000), ("2026-11-20", 950_000)]
    # What holds already is no news.
    assert await rate(hourly_rate="95", rate_from="2026-11-25") == ("95.00", "2026-11-20")
    assert len(await records()) == 2
    assert await rate(hourly_rate="85", rate_from="2026-10-01") == ("95.00", "2026-11-20")
    assert await rate(hourly_rate="100", rate_from="monday") == ("95.00", "2026-11-20")
    assert await records() == [
        (None, 800_000),
        ("2026-10-01", 850_000),
        ("2026-11-20", 950_000),
        ("2026-11-23", 1_000_000),
    ]
    kinds = [one["type"] for one in await events(runtime)]
    assert kinds.count("project.updated") == 4
    clock.advance(hours=72)
    assert await rate() == ("100.00", "2026-11-23")


async def test_a_rate_is_inherited_from_the_nearest_level_in_the_clients_currency(
    door: Door, clock: Clock
) -> None:
    await door.call("set_up", time_zone="UTC", currency="EUR", hourly_rate="50")
    await door.call("create_client", name="Acme")
    shop = await door.call("create_project", client="Acme", name="Shop")
    assert (shop["hourly_rate"], shop["rate_from"]) == ("50.00", "organization")
    clock.advance(seconds=1)
    await door.call("update_client", client="Acme", default_rate="60")
    shop = await door.call("update_project", project="Shop")
    assert (shop["hourly_rate"], shop["rate_from"]) == ("60.00", "client")
    shop = await door.call("update_project", project="Shop", hourly_rate="70")
    assert (shop["hourly_rate"], shop["rate_from"]) == ("70.00", "project")
    # Rates in another currency are passed over, never converted.
    await door.call("update_client", client="Acme", currency="USD")
    shop = await door.call("update_project", project="Shop")
    assert shop["currency"] == "USD"
    assert not {"hourly_rate", "rate_from"} & shop.keys()
    # A project that moves is priced in the currency of where it goes.
    await door.call("create_client", name="Globex", currency="GBP")
    shop = await door.call("update_project", project="Shop", client="Globex", hourly_rate="55.5")
    assert (shop["currency"], shop["hourly_rate"]) == ("GBP", "55.50")


async def test_money_without_a_currency_is_refused_with_the_way_out(
    house: House, door: Door
) -> None:
    await door.call("create_client", name="Acme")
    for name, given in {
        "hourly_rate": {},
        "fixed_fee_amount": {"rate_type": "FIXED"},
        "budget_amount": {},
    }.items():
        refusal = await refused(
            house, door, "create_project", client="Acme", name="Shop", **{**given, name: "90"}
        )
        sentence = (
            f'{name}: there is no currency to put it in. Give the client one (currency="EUR"), or '
            'the organisation, with set_up(currency="EUR").'
        )
        assert refusal.error == {
            "code": "validation_error",
            "message": sentence,
            "fields": {name: sentence},
        }


async def test_money_is_never_carried_into_another_currency(door: Door) -> None:
    await door.call("set_up", currency="EUR")
    await door.call("create_client", name="Acme")
    await door.call("create_client", name="Kyoto", currency="JPY")
    await door.call(
        "create_project", client="Acme", name="Shop", rate_type="FIXED", fixed_fee_amount="1200"
    )
    for operation, given in (
        ("update_client", {"client": "Acme", "currency": "JPY"}),
        ("set_up", {"currency": "JPY"}),
        ("update_project", {"project": "Shop", "client": "Kyoto"}),
    ):
        with pytest.raises(Refused) as refused:
            await door.call(operation, **given)
        assert refused.value.code == "conflict"
        assert "Shop" in refused.value.message
    moved = await door.call(
        "update_project", project="Shop", client="Kyoto", fixed_fee_amount="180000"
    )
    assert (moved["fixed_fee_amount"], moved["currency"]) == ("180000", "JPY")


async def test_an_emptied_money_budget_leaves_the_budget_of_hours_alone(door: Door) -> None:
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Shop", budget_hours="40h")
    kept = await door.call("update_project", project="Shop", budget_amount="")
    assert kept["budget_hours"] == "40"


@ONE_DOOR
async def test_what_is_put_away_is_brought_back_by_its_name(house: House, door: Door) -> None:
    await set_the_scene(door)
    await door.call("create_task", project="redesign", name="Menu")
    ways: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("update_task", {"task": "Menu"}, {"archived": False}),
        ("update_project", {"project": "Website redesign"}, {"status": "ACTIVE"}),
        ("update_client", {"client": "Acme"}, {"archived": False}),
    )
    for operation, named, back in ways:
        put_away: dict[str, Any] = {one: True for one in back if one == "archived"}
        archived = await door.call(operation, **named, **(put_away or {"status": "ARCHIVED"}))
        refusal = await refused(house, door, operation, **named, **{"name": "Another"})
        assert refusal.code == "not_found"
        again = await door.call(operation, **named, **back)
        assert again["id"] == archived["id"]
        assert {name: again[name] for name in back} == back
