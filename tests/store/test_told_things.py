"""Every change is told of, and known by its model: of what is not, nothing could be shown."""

from __future__ import annotations

import pytest
from houses import Clock, open_house
from rows import activities, events
from traffic import run_a_day
from units_watched import watched

from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.things import OF_EVENTS, model_of_event, model_of_id

SENDING_ALONE = {"replay_deliveries", "send_test_event"}
"""They send what is there already: nobody but the one webhook has anything to learn."""

NO_BUSINESS = {
    "activity",
    "alembic_version",
    "confirmation",
    "delivery",
    "event",
    "event_counter",
    "proposal",
    "request_count",
    "stored_answer",
}
"""What the program remembers for itself: that is written without anything having happened."""

COUNTED: list[set[str]] = [set(), {"token"}, {"webhook_endpoint"}]
"""When a token was used, and how many messages a webhook was sent, change nothing else."""


@pytest.mark.anyio
async def test_every_change_of_a_long_day_is_told_by_the_model_of_its_thing(
    sqlite_url: str, clock: Clock
) -> None:
    async with open_house(sqlite_url, clock=clock) as (runtime, owner):
        with watched() as units:
            await run_a_day(runtime, owner, clock)
        told, lines = await events(runtime), await activities(runtime)
    for event in told:
        model = model_of_event(event["type"])
        assert model is not None, event["type"]
        assert event["data"].keys() <= model.model_fields.keys(), event["type"]
        assert event["type"].partition(".")[0] in EVERY_KIND
        assert event["type"] in EVENT_TYPES
    kinds = {event["type"].partition(".")[0] for event in told}
    assert kinds == {name.partition(".")[0] for name in OF_EVENTS}
    for line in lines:
        assert model_of_id(line["subject_id"]) is not None, line["subject_id"]
    changing = {one.name for one in runtime.catalogue.operations.values() if not one.read_only}
    in_events = {line["operation"] for line in lines if line["type"] in EVENT_TYPES}
    assert changing - in_events == SENDING_ALONE
    silent = [tables - NO_BUSINESS for tables in units if "event" not in tables]
    assert [tables for tables in silent if tables not in COUNTED] == []
