"""Calls about webhooks, each confirmed where its door asks first."""

from __future__ import annotations

from typing import Any

from houses import Door

URL = "https://hooks.example.com/in"


async def confirmed(door: Door, operation: str, /, **given: Any) -> Any:
    """Call an act that asks first where the door asks at all."""
    answer = await door.call(operation, **given)
    if "confirm" in answer:
        answer = await door.call(operation, **given, confirm=answer["confirm"])
    return answer


async def made(door: Door, url: object = URL, *events: str, **given: Any) -> Any:
    """Make a webhook, of everything where nothing else is said."""
    wanted = list(events) or ["*"]
    return await confirmed(door, "create_webhook", url=str(url), events=wanted, **given)
