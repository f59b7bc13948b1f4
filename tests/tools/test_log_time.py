"""Logging time, through every door and on both databases."""

from __future__ import annotations

import pytest
from houses import Door, Refused

pytestmark = pytest.mark.anyio


async def test_time_is_logged_on_the_project_that_words_mean(door: Door) -> None:
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Website redesign", hourly_rate="90")
    entry = await door.call("log_time", project="acme redesign", duration="2h", note="Homepage")
    assert entry["project"] == "Website redesign"
    assert entry["client"] == "Acme"
    assert entry["duration_seconds"] == 7200
    assert (entry["entry_date"], entry["weekday"]) == ("2026-11-20", "Friday")


async def test_a_bare_number_is_refused_with_the_way_out(door: Door) -> None:
    with pytest.raises(Refused) as refused:
        await door.call("log_time", project="x", duration="2")
    assert refused.value.code == "validation_error"
    assert "2h" in refused.value.message
