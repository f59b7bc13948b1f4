"""Whatever a Member asks, and wherever they are put and taken off, no foreign name comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from houses import FRIDAY_MORNING_US, Clock, InProcess, Refused, open_house
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import add_member

PROJECTS = 4
CANARIES = tuple(f"kanari{letter * 3}" for letter in "bdgk")
"""One word for each project, which is in the names of it, of its client, task and colleague."""

OF_OWN_TIME = {
    "list_time_entries",
    "get_timesheet",
    "report",
    "log_time",
    "overview",
    "start_timer",
    "stop_timer",
    "update_time_entry",
    "delete_time_entry",
}
"""What also tells of one's own time on a project that one has left since."""

number = st.integers(0, PROJECTS - 1)
reference = st.tuples(
    number, st.sampled_from(["id", "name", "word", "beginning", "first letters", "all"])
)
queries = st.sampled_from(["", "kanari", "client", "project", "task", *CANARIES])
kinds = st.sampled_from(["client", "project", "task", "member", "invoice"])
entry = st.integers(0, 9)
calls = st.one_of(
    st.tuples(st.just("add_project_member"), number),
    st.tuples(st.just("remove_project_member"), number),
    st.tuples(st.just("assign"), number),
    st.tuples(
        st.just("find"), st.fixed_dictionaries({"query": queries, "archived": st.booleans()})
    ),
    st.tuples(st.just("complete_name"), st.fixed_dictionaries({"kind": kinds, "typed": queries})),
    st.tuples(st.just("overview"), st.just({})),
    st.tuples(st.just("stop_timer"), st.just({})),
    st.tuples(st.just("get_timesheet"), st.just({"week": "this week"})),
    st.tuples(
        st.sampled_from(["list_tasks", "list_time_entries", "get_project", "start_timer"]),
        st.fixed_dictionaries({"project": reference}),
    ),
    st.tuples(st.just("list_tasks"), st.fixed_dictionaries({"limit": st.integers(1, 3)})),
    st.tuples(st.just("list_time_entries"), st.fixed_dictionaries({"client": reference})),
    st.tuples(st.just("list_time_entries"), st.just({"period": "this month"})),
    st.tuples(
        st.just("report"),
        st.fixed_dictionaries(
            {"kind": st.just("time"), "group_by": st.just("client, project, task, member, tag")},
            optional={"project": reference, "client": reference, "task": reference},
        ),
    ),
    st.tuples(
        st.just("report"),
        st.fixed_dictionaries({"kind": st.sampled_from(["time", "utilisation", "gaps"])}),
    ),
    st.tuples(
        st.just("export_data"),
        st.fixed_dictionaries({"kind": st.just("time")}, optional={"client": reference}),
    ),
    st.tuples(
        st.sampled_from(["get_task", "update_task"]), st.fixed_dictionaries({"task": reference})
    ),
    st.tuples(
        st.just("log_time"),
        st.fixed_dictionaries(
            {"project": reference}, optional={"task": reference, "allow_duplicate": st.booleans()}
        ),
    ),
    st.tuples(
        st.sampled_from(["update_time_entry", "delete_time_entry"]),
        st.fixed_dictionaries({"time_entry": entry}),
    ),
)


class Agency:
    """An owner, Ben, a project for each canary, and who may hear of which."""

    def __init__(self, owner: InProcess, ben: InProcess, clock: Clock) -> None:
        """Take two doors; nothing is made yet."""
        self.owner, self.ben, self.clock = owner, ben, clock
        self.ids: list[dict[str, str]] = []
        self.entries: list[str] = []
        self.enrolled: set[int] = set()
        self.worked: set[int] = set()

    async def open(self) -> None:
        """Make all that the owner has."""
        await self.owner.call("set_up", time_zone="UTC", currency="EUR")
        for word in CANARIES:
            colleague = await add_member(self.owner.runtime, f"{word} colleague")
            client = await self.owner.call("create_client", name=f"{word} client")
            project = await self.owner.call(
                "create_project", client=client["id"], name=f"{word} project", description=word
            )
            await self.owner.call("add_project_member", project=project["id"], member=word)
            task = await self.owner.call(
                "create_task", project=project["id"], name=f"{word} task", assignees=[word]
            )
            logged = await self.owner.call(
                "log_time", project=project["id"], duration="1m", note=word, tags=[word]
            )
            overview = await InProcess(self.owner.runtime, colleague).call("overview")
            self.ids.append(
                {"client": client["id"], "project": project["id"], "task": task["id"]}
                | {"member": overview["user_id"]}
            )
            self.entries.append(logged["id"])

    async def run(self, operation: str, given: Any) -> None:
        """Let the owner move Ben, or let Ben ask, and look at what he is told."""
        self.clock.advance(minutes=2)
        if operation in ("add_project_member", "remove_project_member"):
            await self.owner.call(operation, project=self.ids[given]["project"], member="Ben")
            change = (
                self.enrolled.add if operation == "add_project_member" else (self.enrolled.discard)
            )
            change(given)
        elif operation == "assign":
            await self.owner.call("update_task", task=self.ids[given]["task"], assignees=["Ben"])
            self.enrolled.add(given)
        else:
            await self._ask(operation, self._written(operation, dict(given)))

    def _written(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        for argument in given.keys() & {"project", "client", "task"}:
            meant: tuple[int, str] = given[argument]
            which, how = meant
            word = CANARIES[which]
            given[argument] = {
                "id": self.ids[which][argument],
                "name": f"{word} {argument}",
                "word": word,
                "beginning": word[:-1],
                "first letters": word[:6],
                "all": argument,
            }[how]
        if "time_entry" in given:
            given["time_entry"] = self.entries[given["time_entry"] % len(self.entries)]
        given |= {
            "log_time": {"duration": "1m"},
            "update_time_entry": {"note": f"of {self.clock.now_us}"},
            "update_task": {"description": f"of {self.clock.now_us}"},
        }.get(operation, {})
        return given

    async def _ask(self, operation: str, given: dict[str, Any]) -> None:
        try:
            answer = await self.ben.call(operation, **given)
        except Refused as refused:
            answer = dict(refused.error)
        else:
            if operation in ("log_time", "start_timer"):
                self._worked_on(answer)
        answer.pop("query", None)
        told = json.dumps(answer)
        for typed in given.values():
            if isinstance(typed, str):
                told = told.replace(f'\\"{typed}\\"', "what was typed")
        of_own = self.worked if operation in OF_OWN_TIME else set[int]()
        for which in set(range(PROJECTS)) - self.enrolled - of_own:
            secrets = [CANARIES[which], *self.ids[which].values(), self.entries[which]]
            if which in self.worked:
                secrets = secrets[:1]
            leaked = [one for one in secrets if one in told and one not in given.values()]
            assert leaked == [], f"{operation}({given}) told {told}"

    def _worked_on(self, answer: dict[str, Any]) -> None:
        project_id = answer.get("project_id") or answer["timer"]["project_id"]
        self.worked |= {which for which, ids in enumerate(self.ids) if ids["project"] == project_id}
        if "timer" not in answer:
            self.entries.append(answer["id"])


@pytest.mark.ci
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(calls, min_size=10, max_size=40))
def test_nothing_of_a_foreign_project_is_in_any_answer(
    tmp_path_factory: Any, sequence: list[tuple[str, Any]]
) -> None:
    async def everything_at_once() -> None:
        clock = Clock(FRIDAY_MORNING_US)
        path = tmp_path_factory.mktemp("canaries") / "hoursmith.db"
        async with open_house(f"sqlite+aiosqlite:///{path.as_posix()}", clock=clock) as (
            runtime,
            caller,
        ):
            ben = InProcess(runtime, await add_member(runtime, "Ben"))
            agency = Agency(InProcess(runtime, caller), ben, clock)
            await agency.open()
            for operation, given in sequence:
                await agency.run(operation, given)

    asyncio.run(everything_at_once())
