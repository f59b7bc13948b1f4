"""Expenses: what was spent for a client, on whose project, in which currency."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed
from houses import Clock, InProcess
from rows import events
from scenes import House, refused, set_the_scene

pytestmark = pytest.mark.anyio


def unstamped(expense: dict[str, Any]) -> dict[str, Any]:
    """Return an expense without when it was last changed, which undo moves along."""
    return {**expense, "updated_at": None}


TAXI: dict[str, Any] = {"client": "Acme", "description": "Taxi", "amount": "42.5"}


async def test_an_expense_is_in_the_clients_currency_and_on_a_project_of_theirs(
    house: House, clock: Clock
) -> None:
    door = InProcess(*house)
    client, project = await set_the_scene(door)
    taxi = await door.call("create_expense", **TAXI, project="redesign", category="travel")
    shown = {name: taxi[name] for name in ("amount", "currency", "expense_date", "weekday")}
    assert shown == {
        "amount": "42.50",
        "currency": "EUR",
        "expense_date": "2026-11-20",
        "weekday": "Friday",
    }
    assert (taxi["client_id"], taxi["project_id"]) == (client["id"], project["id"])
    assert (taxi["category"], taxi["billable"]) == ("TRAVEL", True)
    again = await door.call("create_expense", **TAXI, project="redesign", category="TRAVEL")
    assert (again["id"], again["repeated"]) == (taxi["id"], True)
    clock.advance(seconds=1)
    given = {"category": "OTHER", "custom_category": "Ferry", "project": "", "date": "2026-11-02"}
    changed = await door.call("update_expense", expense=taxi["id"], **given)
    assert (changed["custom_category"], changed["weekday"]) == ("Ferry", "Monday")
    assert "project" not in changed
    clock.advance(seconds=1)
    await door.call("undo")
    shown = await door.call("get_expense", expense=taxi["id"])
    assert unstamped(shown) == unstamped(taxi)
    assert not taxi.get("warnings")
    past = await door.call("create_expense", **TAXI, project="redesign", date="1 december")
    assert past["warnings"] == ["Monday 2025-12-01 is long ago; check the year."]
    clock.advance(seconds=1)
    await door.call("undo")
    gone = await door.call("delete_expense", expense=taxi["id"])
    assert (gone["deleted"], gone["expense"]) == (True, shown)
    assert (await refused(house, door, "get_expense", expense=taxi["id"])).code == "not_found"
    clock.advance(seconds=1)
    await door.call("undo")
    [listed] = (await door.call("list_expenses"))["expenses"]
    assert unstamped(listed) == unstamped(taxi)
    types = [one["type"] for one in await events(house[0])][-4:]
    told = ["created", "deleted", "deleted", "created"]
    assert types == [f"expense.{one}" for one in told]


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"amount": "0"}, "validation_error", "amount: it must be more than nothing"),
    ({"amount": "-3"}, "validation_error", "amount: it must be more than nothing"),
    ({"amount": "1.005"}, "validation_error", "too fine"),
    ({"description": " "}, "validation_error", "description"),
    ({"description": "x" * 501}, "validation_error", "500"),
    ({"category": "FOOD"}, "validation_error", "category must be one of"),
    ({"category": "MEALS", "custom_category": "x"}, "validation_error", "MEALS has a name"),
    ({"date": "tomorrow"}, "validation_error", "date:"),
    ({"project": "Logo"}, "validation_error", "Logo is Borg's"),
    ({"project": "Old"}, "not_found", "The project Old (Acme)"),
    ({"client": "Gone"}, "not_found", "The client Gone is archived"),
    ({"client": "nobody"}, "not_found", "client"),
)


async def test_what_an_expense_cannot_be_is_refused(house: House) -> None:
    door = InProcess(*house)
    await set_the_scene(door)
    await door.call("create_project", client="Acme", name="Old")
    await door.call("update_project", project="Old", status="ARCHIVED")
    for name in ("Borg", "Gone"):
        await door.call("create_client", name=name, currency="USD")
    await door.call("create_project", client="Borg", name="Logo")
    await door.call("update_client", client="Gone", archived=True)
    for given, code, words in REFUSED:
        caught = await refused(house, door, "create_expense", **TAXI | given)
        assert (caught.code, words in caught.message) == (code, True), caught.message


async def test_another_clients_expense_is_never_converted(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await set_the_scene(door)
    await door.call("create_client", name="Nippon", currency="JPY")
    taxi = await door.call("create_expense", **TAXI, project="redesign")
    moved: dict[str, Any] = {"expense": taxi["id"], "client": "Nippon"}
    caught = await refused(house, door, "update_expense", **moved)
    assert (caught.code, "never converted" in caught.message) == ("conflict", True)
    clock.advance(seconds=1)
    changed = await door.call("update_expense", **moved, amount="7000")
    assert (changed["amount"], changed["currency"]) == ("7000", "JPY")
    assert "project_id" not in changed
    clock.advance(seconds=1)
    await door.call("undo")
    shown = await door.call("get_expense", expense=taxi["id"])
    assert unstamped(shown) == unstamped(taxi)


async def test_what_was_spent_keeps_its_client_and_project_together(
    house: House, clock: Clock
) -> None:
    door = InProcess(*house)
    await set_the_scene(door)
    await door.call("create_client", name="Borg", currency="EUR")
    moved = {"project": "redesign", "client": "Borg"}
    clock.advance(seconds=1)
    await door.call("update_project", **moved)
    taxi = await door.call("create_expense", **TAXI | moved)
    [move] = (await door.call("list_activity", tool="update_project"))["activity"]
    caught = await refused(house, door, "undo", activity=move["id"])
    assert caught.message.startswith("There are expenses of Website redesign by now")
    caught = await refused(house, door, "update_project", project="redesign", client="Acme")
    assert caught.message.startswith("There are expenses of Website redesign")
    caught = await refused(house, door, "delete_client", client="Borg")
    assert caught.code == "conflict"
    clock.advance(seconds=1)
    await door.call("delete_expense", expense=taxi["id"])
    await door.call("update_project", project="redesign", client="Acme")
    [deletion] = (await door.call("list_activity", tool="delete_expense"))["activity"]
    assert deletion["name"] == "Taxi"
    caught = await refused(house, door, "undo", activity=deletion["id"])
    assert caught.message.startswith("Website redesign is Acme's by now")
    await confirmed(door, "delete_client", client="Borg")
