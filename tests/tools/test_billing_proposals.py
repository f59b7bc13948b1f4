"""Proposals: whose they are, how long they live, and what makes an invoice of them or not."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import ONE_DOOR, confirmed, drafted, logged, work_at_acme
from houses import Clock, Door, open_door
from rows import add_member, everything
from scenes import A_KEY_DECIDES, House, refused

pytestmark = pytest.mark.anyio


async def proposed(door: Door, **given: Any) -> str:
    """Preview an invoice for Acme and return its proposal."""
    return str((await door.call("preview_invoice", client="Acme", **given))["proposal"])


@A_KEY_DECIDES
async def test_a_proposal_makes_one_invoice(house: House, door: Door, clock: Clock) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    first, other = await proposed(door), await proposed(door)
    draft = await door.call("create_invoice", proposal=first)
    before = await everything(runtime)
    clock.advance(hours=48)
    again = await door.call("create_invoice", proposal=first.upper())
    assert again == {**draft, "repeated": True}, "after its 24 hours too"
    assert await everything(runtime) == before

    await confirmed(door, "send_invoice", invoice=draft["id"])
    again = await door.call("create_invoice", proposal=first)
    assert (again["id"], again["number"], again["repeated"]) == (
        draft["id"],
        "INV-2026-0001",
        True,
    )
    await confirmed(door, "cancel_invoice", invoice=draft["id"])
    refusal = await refused(house, door, "create_invoice", proposal=first)
    assert (refusal.code, refusal.message) == (
        "conflict",
        "The invoice INV-2026-0001 that was made of this proposal was cancelled. Preview again.",
    )
    refusal = await refused(house, door, "create_invoice", proposal=other)
    assert (refusal.code, refusal.message) == (
        "conflict",
        "That proposal has expired: it was good for 24 hours. Preview again.",
    )


async def test_a_proposal_is_its_members_own_and_lives_a_day(
    house: House, door: Door, clock: Clock
) -> None:
    runtime, _ = house
    await work_at_acme(door, "2h")
    mine = await proposed(door)
    async with open_door(door.name, runtime, await add_member(runtime, "Mia", role="ADMIN")) as one:
        for foreign in (mine, "pp_00000000000000000000000000", "nonsense"):
            refusal = await refused(house, one, "create_invoice", proposal=foreign)
            assert (refusal.code, refusal.message) == (
                "not_found",
                "There is no proposal of yours with that id. preview_invoice makes one.",
            )
    clock.advance(hours=23, minutes=59, seconds=59)
    late = await door.call("create_invoice", proposal=mine)
    await door.call("cancel_invoice", invoice=late["id"])
    mine = await proposed(door)
    clock.advance(hours=24)
    refusal = await refused(house, door, "create_invoice", proposal=mine)
    assert "has expired" in refusal.message


async def test_what_is_not_as_it_was_shown_is_not_made(house: House, door: Door) -> None:
    [entry] = await work_at_acme(door, "2h50m")
    te = entry["id"]
    changes: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (f"entry {te} is now changed", "update_time_entry", {"time_entry": te, "note": "Menu"}),
        (
            f"entry {te} is now not billable any more",
            "update_time_entry",
            {"time_entry": te, "billable": False},
        ),
        ("line 1 is now ", "update_project", {"project": "redesign", "hourly_rate": "95"}),
        ("line 1 is now ", "update_project", {"project": "redesign", "name": "Redesign"}),
        ("line 1 is now ", "update_client", {"client": "Acme", "default_tax_rate": "7"}),
        ("line 1 is now ", "set_up", {"rounding_minutes": 15}),
        (
            "bill-to address is now 2 Canyon Road",
            "update_client",
            {"client": "Acme", "billing_address": "2 Canyon Road"},
        ),
        ("bill-to tax number is now DE1", "update_client", {"client": "Acme", "tax_number": "DE1"}),
        ("payment terms is now 7", "update_client", {"client": "Acme", "default_payment_terms": 7}),
        (
            "bill-to name is now Acme Ltd",
            "update_client",
            {"client": "Acme", "name": "Acme Ltd"},
        ),
        # Ten euros an hour leave less than the discount.
        ("discount is now ", "update_project", {"project": "redesign", "hourly_rate": "10"}),
        (f"entry {te} is now deleted", "delete_time_entry", {"time_entry": te}),
    )
    for what, operation, given in changes:
        off = "10" if operation == "delete_time_entry" else "150"
        proposal = await proposed(door, discount=off)
        await door.call(operation, **given)
        refusal = await refused(house, door, "create_invoice", proposal=proposal)
        assert refusal.code == "conflict"
        assert refusal.message.startswith(f"This is not what was previewed any more: {what}")
        assert refusal.message.endswith("Nothing was made; preview again.")
        difference = refusal.error["difference"]
        assert all(one["what"] and one["was"] != one["now"] for one in difference), what
        if given.get("billable") is False:
            await door.call("update_time_entry", time_entry=te, billable=True)


@ONE_DOOR
async def test_work_that_moved_away_is_not_billed_by_an_old_proposal(
    house: House, door: Door
) -> None:
    await work_at_acme(door, "2h")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="90")
    await logged(door, "1h", project="Shop")
    await door.call("create_client", name="Borg", currency="EUR")
    both, one = await proposed(door), await proposed(door, projects=["redesign"])
    await door.call("update_project", project="redesign", client="Borg")
    for proposal in (both, one):
        refusal = await refused(house, door, "create_invoice", proposal=proposal)
        assert refusal.code == "conflict"
        assert refusal.error["difference"] == [
            {"what": "project Website redesign", "was": "with Acme", "now": "with Borg"}
        ]
        assert "project Website redesign is now with Borg. Nothing was made" in refusal.message


@ONE_DOOR
async def test_what_an_entry_was_and_is_now_is_said(house: House, door: Door) -> None:
    longer, moved, noted = await work_at_acme(door, "1h10m", "2h", "3h")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="90")
    proposal = await proposed(door)
    await door.call("update_time_entry", time_entry=longer["id"], duration="5h")
    await door.call("update_time_entry", time_entry=moved["id"], project="Shop", date="2026-11-19")
    await door.call("update_time_entry", time_entry=noted["id"], note="Menu")
    refusal = await refused(house, door, "create_invoice", proposal=proposal)
    became = {one["what"]: (one["was"], one["now"]) for one in refusal.error["difference"]}
    assert became == {
        f"entry {longer['id']}": (
            "1h10m on 2026-11-20, Website redesign",
            "changed: 5h on 2026-11-20, Website redesign",
        ),
        f"entry {moved['id']}": (
            "2h on 2026-11-20, Website redesign",
            "changed: 2h on 2026-11-19, Shop",
        ),
        f"entry {noted['id']}": (
            "3h on 2026-11-20, Website redesign",
            "changed in its note, task or tags",
        ),
    }


async def test_a_fee_that_was_charged_meanwhile_names_the_invoice(house: House, door: Door) -> None:
    await work_at_acme(door)
    fee: dict[str, Any] = {"rate_type": "FIXED", "fixed_fee_amount": "1200"}
    await door.call("create_project", client="Acme", name="Logo", **fee)
    first, second = await proposed(door), await proposed(door)
    draft = await door.call("create_invoice", proposal=first)
    refusal = await refused(house, door, "create_invoice", proposal=second)
    assert refusal.error["difference"] == [
        {"what": "fee of Logo", "was": "1200.00 EUR", "now": f"billed on {draft['id']}"}
    ]
    await confirmed(door, "send_invoice", invoice=draft["id"])
    refusal = await refused(house, door, "create_invoice", proposal=second)
    assert "fee of Logo is now billed on INV-2026-0001. Nothing was made" in refusal.message


@ONE_DOOR
async def test_what_became_of_projects_is_said(house: House, door: Door) -> None:
    await work_at_acme(door, "2h")
    fee: dict[str, Any] = {"rate_type": "FIXED", "fixed_fee_amount": "1200"}
    await door.call("create_project", client="Acme", name="Logo", **fee)
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="90")
    await door.call("create_client", name="Borg", currency="EUR")

    async def became(operation: str, **given: Any) -> list[dict[str, str]]:
        proposal = await proposed(door, exclude=["Shop"]) if later else await proposed(door)
        await door.call(operation, **given)
        refusal = await refused(house, door, "create_invoice", proposal=proposal)
        return list(refusal.error["difference"])

    later: list[Any] = []
    # Foreign entries, which are open too, are no part of the comparison.
    later += await logged(door, "7h", project="Shop")
    assert await became("update_project", project="Logo", rate_type="HOURLY") == [
        {
            "what": "fee of Logo",
            "was": "1200.00 EUR",
            "now": "not charged: the project is HOURLY",
        }
    ]
    assert await became("update_project", project="redesign", **fee) == [
        {"what": "project Website redesign", "was": "billed another way", "now": "FIXED"}
    ]


@ONE_DOOR
async def test_an_equal_price_of_another_record_is_not_what_was_shown(
    house: House, door: Door
) -> None:
    await work_at_acme(door, default_rate="90")
    await door.call("create_project", client="Acme", name="Shop")
    await logged(door, "1h", project="Shop")
    proposal = await proposed(door)
    await door.call("update_project", project="Shop", hourly_rate="90")
    refusal = await refused(house, door, "create_invoice", proposal=proposal)
    assert (refusal.code, refusal.error["difference"]) == (
        "conflict",
        [{"what": "rate", "was": "of one record", "now": "the same, of another record"}],
    )


async def test_of_two_proposals_over_the_same_time_one_is_made(house: House, door: Door) -> None:
    [entry] = await work_at_acme(door, "2h")
    first, second = await proposed(door), await proposed(door)
    draft = await door.call("create_invoice", proposal=first)
    refusal = await refused(house, door, "create_invoice", proposal=second)
    assert refusal.code == "conflict"
    assert refusal.error["difference"] == [
        {
            "what": f"entry {entry['id']}",
            "was": "2h on 2026-11-20, Website redesign",
            "now": f"billed on {draft['id']}",
        }
    ]
    await confirmed(door, "send_invoice", invoice=draft["id"])
    refusal = await refused(house, door, "create_invoice", proposal=second)
    assert "is now billed on INV-2026-0001. Nothing was made" in refusal.message
    # Once the time is free again it is as it was shown.
    await confirmed(door, "cancel_invoice", invoice=draft["id"])
    assert (await door.call("create_invoice", proposal=second))["total"] == "214.20"


@ONE_DOOR
async def test_what_came_later_stays_unbilled_and_is_counted(door: Door) -> None:
    await work_at_acme(door, "2h")
    await door.call("create_project", client="Acme", name="Shop", hourly_rate="50")
    [skipped] = await logged(door, "1h", note="Not this one")
    proposal = await proposed(
        door, projects=["redesign"], period="this month", exclude=[skipped["id"]]
    )
    await logged(door, "1h", project="Shop")
    await logged(door, "1h", date="2026-10-31")
    [later] = await logged(door, "1h", note="later")
    draft = await door.call("create_invoice", proposal=proposal)
    assert draft["total"] == "214.20"
    assert draft["warnings"] == [
        "1 entry came after the preview and is not on it; it is still unbilled."
    ]
    preview = await door.call("preview_invoice", client="Acme", projects=["redesign"])
    assert preview["entries"] == 3
    await door.call("delete_time_entry", time_entry=later["id"])

    proposal = await proposed(door)
    await logged(door, "1h", "2h", note="two more")
    assert (await door.call("create_invoice", proposal=proposal))["warnings"] == [
        "2 entries came after the preview and are not on it; they are still unbilled."
    ]
    assert (await drafted(door))["subtotal"] == "270.00"
