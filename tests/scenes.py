"""What many tests begin with, and the one way in which a refusal is looked at."""

from __future__ import annotations

from typing import Any

import pytest
from houses import Door, Refused
from rows import everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime

A_KEY_DECIDES = pytest.mark.not_over_rest(
    "every POST has a key there: nothing is a repeat without it, and each answer is stored"
)

House = tuple[Runtime, Caller]


async def set_the_scene(door: Door) -> tuple[Any, Any]:
    """Make the client Acme and its project, in a house whose zone is UTC."""
    await door.call("set_up", time_zone="UTC")
    client = await door.call("create_client", name="Acme", currency="EUR")
    project = await door.call(
        "create_project", client="Acme", name="Website redesign", hourly_rate="90"
    )
    return client, project


async def refused(
    house: House, door: Door, operation: str, /, *, key: str | None = None, **given: Any
) -> Refused:
    """Make a call that must be refused, and see that it left no trace in any table."""
    runtime, _ = house
    before = await everything(runtime)
    with pytest.raises(Refused) as caught:
        await door.call(operation, key=key, **given)
    assert await everything(runtime) == before
    return caught.value
