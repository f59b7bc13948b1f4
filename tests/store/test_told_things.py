"""What is told of any change is known by its model: of whatever is not, nothing could be shown."""

from __future__ import annotations

import pytest
from houses import Clock, open_house
from rows import activities, events
from traffic import run_a_day

from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.things import OF_EVENTS, model_of_event, model_of_id


@pytest.mark.anyio
async def test_every_change_of_a_long_day_is_told_by_the_model_of_its_thing(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        await run_a_day(runtime, owner, clock)
        told, lines = await events(runtime), await activities(runtime)
    for event in told:
        model = model_of_event(event["type"])
        assert model is not None, event["type"]
        assert event["data"].keys() <= model.model_fields.keys(), event["type"]
        assert event["type"].partition(".")[0] in EVERY_KIND
    kinds = {event["type"].partition(".")[0] for event in told}
    assert kinds == {name.partition(".")[0] for name in OF_EVENTS}
    for line in lines:
        assert model_of_id(line["subject_id"]) is not None, line["subject_id"]
