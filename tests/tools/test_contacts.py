"""Contacts of a client: one at most is the first to talk to, and one gets invoices."""

from __future__ import annotations

from typing import Any

import pytest
from billing_scenes import confirmed
from houses import Clock, InProcess
from scenes import House, refused

pytestmark = pytest.mark.anyio


async def flags(door: InProcess) -> dict[str, tuple[bool, bool]]:
    listed: list[Any] = (await door.call("list_contacts", client="Acme"))["contacts"]
    return {one["email"][:3]: (one["primary"], one["billing_default"]) for one in listed}


async def test_being_the_first_passes_from_one_to_another_and_back(
    house: House, clock: Clock
) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme")
    given: dict[str, Any] = {"client": "Acme", "email": "ann@Example.com", "primary": True}
    ann = await door.call("create_contact", **given, name="Ann", billing_default=True)
    assert ann["email"] == "ann@example.com"
    clock.advance(seconds=1)
    bob = await door.call("create_contact", client="Acme", email="bob@example.com", primary=True)
    assert await flags(door) == {"bob": (True, False), "ann": (False, True)}
    clock.advance(seconds=1)
    await door.call("undo")
    assert await flags(door) == {"ann": (True, True)}
    assert (await refused(house, door, "delete_contact", contact=bob["id"])).code == "not_found"

    clock.advance(seconds=1)
    await door.call("delete_contact", contact=ann["id"])
    clock.advance(seconds=1)
    eve = await door.call("create_contact", client="Acme", email="eve@example.com", primary=True)
    deletion = (await door.call("list_activity", about=ann["id"]))["activity"][0]
    caught = await refused(house, door, "undo", activity=deletion["id"])
    assert caught.message.startswith("eve@example.com is that for the client by now.")
    changed = await door.call("update_contact", contact=eve["id"], primary=False, title="CEO")
    assert (changed["primary"], changed["title"]) == (False, "CEO")
    for email in ("", "nobody"):
        caught = await refused(house, door, "update_contact", contact=eve["id"], email=email)
        assert caught.code == "validation_error"


async def test_contacts_go_and_come_with_their_client(house: House, clock: Clock) -> None:
    door = InProcess(*house)
    await door.call("create_client", name="Acme")
    await door.call("create_contact", client="Acme", email="ann@example.com", primary=True)
    clock.advance(seconds=1)
    await confirmed(door, "delete_client", client="Acme")
    clock.advance(seconds=1)
    await door.call("undo")
    assert await flags(door) == {"ann": (True, False)}
