"""What tests of billing begin with: work at Acme, priced and taxed, and the steps up to paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from houses import Door, daily
from scenes import set_the_scene

ONE_DOOR = pytest.mark.parametrize("door", daily("mcp-2026"), indirect=True)
"""For what happens behind the doors: every day through one of them, in `ci` through all."""


async def work_at_acme(door: Door, *durations: str, **terms: Any) -> list[Any]:
    """Log time at 90.00 EUR an hour with 19 % of tax, and return the entries."""
    await set_the_scene(door)
    await door.call(
        "set_up",
        name="Ada's Studio",
        address="2 Mesa Street",
        currency="EUR",
        default_tax_rate="19",
        payment_terms=14,
        rounding_minutes=0,
    )
    await door.call("update_client", client="Acme", billing_address="1 Canyon Road", **terms)
    return await logged(door, *durations)


async def logged(door: Door, *durations: str, **given: Any) -> list[Any]:
    """Log time on the redesign, each entry on its own account."""
    wanted: dict[str, Any] = {"project": "redesign", "allow_duplicate": True, **given}
    return [await door.call("log_time", duration=one, **wanted) for one in durations]


async def drafted(door: Door, **given: Any) -> Any:
    """Make a draft of what is unbilled at Acme."""
    proposed = await door.call("preview_invoice", **{"client": "Acme", **given})
    return await door.call("create_invoice", proposal=proposed["proposal"])


async def confirmed(door: Door, operation: str, /, **given: Any) -> Any:
    """Do an act that asks first, and say yes."""
    asked = await door.call(operation, **given)
    assert asked.keys() == {"would", "confirm"}
    return await door.call(operation, **given, confirm=asked["confirm"])


async def issued(door: Door, *, issue_date: str | None = None, **given: Any) -> Any:
    """Make a draft of what is unbilled at Acme, and issue it."""
    draft = await drafted(door, **given)
    when = {"issue_date": issue_date} if issue_date is not None else {}
    return await confirmed(door, "send_invoice", invoice=draft["id"], **when)


def without_entry_ids(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a preview's lines as lists and invoices have them."""
    return [{name: line[name] for name in line if name != "entry_ids"} for line in lines]
