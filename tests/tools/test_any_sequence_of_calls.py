"""Whatever is logged, corrected and deleted in any order, the days and the sums stay right."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from houses import Clock, InProcess, Refused, open_house
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import everything
from scenes import set_the_scene

from hoursmith_mcp.core.billing import SECONDS_PER_DAY
from hoursmith_mcp.core.durations import format_duration, hours_text

FRIDAY_MORNING_US = 1_795_167_000_000_000

durations = st.one_of(
    st.sampled_from([1, 60, 3_600, 6 * 3_600, 12 * 3_600, SECONDS_PER_DAY]),
    st.integers(1, SECONDS_PER_DAY + 3_600),
)
days = st.sampled_from(["2026-11-18", "2026-11-19", "2026-11-20"])
which = st.integers(0, 9)
projects = st.sampled_from(["redesign", "shop"])
some: dict[str, st.SearchStrategy[Any]] = {
    "duration": durations,
    "date": days,
    "billable": st.booleans(),
    "project": projects,
}
logged = st.fixed_dictionaries(
    {name: some[name] for name in ("duration", "date")},
    optional={name: some[name] for name in ("billable", "project")},
)
corrected = st.fixed_dictionaries({"time_entry": which}, optional=some)
deleted = st.fixed_dictionaries({"time_entry": which})
Calls = list[tuple[str, dict[str, Any]]]
calls: st.SearchStrategy[Calls] = st.lists(
    st.one_of(
        st.tuples(st.just("log_time"), logged),
        st.tuples(st.just("update_time_entry"), corrected),
        st.tuples(st.just("delete_time_entry"), deleted),
    ),
    min_size=1,
    max_size=14,
)


class Model:
    """What should be there, kept in the simplest way."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.entries: dict[str, dict[str, Any]] = {}

    def takes(self, operation: str, given: dict[str, Any]) -> bool:
        """Tell whether a call should be taken."""
        if operation != "log_time" and given["time_entry"] not in self.entries:
            return False
        if operation == "delete_time_entry":
            return True
        before = self.entries.get(given.get("time_entry", ""), given)
        day = given.get("date") or before["entry_date"]
        seconds: int = given.get("duration") or before["duration_seconds"]
        for one in self.entries.values():
            if one["entry_date"] == day and one is not before:
                seconds += one["duration_seconds"]
        return seconds <= SECONDS_PER_DAY

    def totals(self, **wanted: Any) -> tuple[int, str, str]:
        """Count and add up what is there, all and billable."""
        found = [
            entry
            for entry in self.entries.values()
            if all(entry[name] == value for name, value in wanted.items())
        ]
        seconds = sum(entry["duration_seconds"] for entry in found)
        billable = sum(entry["duration_seconds"] for entry in found if entry["billable"])
        return len(found), hours_text(seconds), hours_text(billable)


async def run(door: InProcess, clock: Clock, sequence: Calls) -> None:
    model = Model()
    for operation, values in sequence:
        clock.advance(seconds=1)
        given: dict[str, Any] = dict(values)
        if operation == "log_time":
            given.setdefault("project", "redesign")
            given["allow_duplicate"] = True
        else:
            ids = list(model.entries)
            given["time_entry"] = ids[given["time_entry"] % len(ids)] if ids else "te_none"
        taken = model.takes(operation, given)
        if "duration" in given:
            given["duration"] = format_duration(given["duration"])
        if not taken:
            with pytest.raises(Refused):
                await door.call(operation, **given)
            continue
        answer = await door.call(operation, **given)
        if operation == "delete_time_entry":
            del model.entries[answer["id"]]
        else:
            model.entries[answer["id"]] = answer

    for day in ("2026-11-18", "2026-11-19", "2026-11-20"):
        page = await door.call("list_time_entries", period=day)
        shown = (page["total_entries"], page["total_hours"], page["billable_hours"])
        assert shown == model.totals(entry_date=day)
    for project in ("Website redesign", "Shop"):
        page = await door.call("list_time_entries", period="2026", project=project, limit=200)
        shown = (page["total_entries"], page["total_hours"], page["billable_hours"])
        assert shown == model.totals(project=project)
        for entry in page["time_entries"]:
            kept = model.entries[entry["id"]]
            assert (entry["duration_seconds"], entry["billable"], entry["entry_date"]) == (
                kept["duration_seconds"],
                kept["billable"],
                kept["entry_date"],
            )
    rows = await everything(door.runtime)
    sequences = sorted(row["sequence"] for row in rows["event"])
    assert sequences == list(range(1, len(sequences) + 1))
    assert len(rows["activity"]) == len(sequences)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(calls)
def test_days_keep_to_24_hours_and_sums_to_their_entries(
    tmp_path_factory: Any, sequence: Calls
) -> None:
    async def everything_at_once() -> None:
        clock = Clock(FRIDAY_MORNING_US)
        path = tmp_path_factory.mktemp("days") / "hoursmith.db"
        url = f"sqlite+aiosqlite:///{path.as_posix()}"
        async with open_house(url, clock=clock) as (runtime, caller):
            door = InProcess(runtime, caller)
            await set_the_scene(door)
            await door.call("create_project", client="Acme", name="Shop", rate_type="NON_BILLABLE")
            await run(door, clock, sequence)

    asyncio.run(everything_at_once())
