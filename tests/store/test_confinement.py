"""Whoever is confined to some projects meets nothing of the others, in the SQL and in answers."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from confined_scenes import CONFINED, FOREIGN, Divided, divide
from houses import Clock, Refused
from sqlalchemy import ClauseElement, Engine, Insert, Select, event, select
from statement_inspector import sources_of
from test_tenancy import KIND_OF_ARGUMENT, LISTS, NEEDED, PREFIXES

from hoursmith_mcp.access.actor import REST, Caller
from hoursmith_mcp.access.authentication import permits
from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store import queries
from hoursmith_mcp.store.confinement import Confinement, confined
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.tables import Client, Event, Project, Table, TimeEntry
from hoursmith_mcp.store.tenancy import TENANT, Scoped, scoped

pytestmark = pytest.mark.anyio

House = tuple[Runtime, Caller]

OF_NO_PROJECT = {"confirmation", "event_counter", "organization", "stored_answer"}
OF_RULES = {"enrolment", "allowed", "its_task", "its_project", "its_token"}
FOR_THE_PROGRAM = {
    "answers._TOUCHED_SINCE",
    "claims._LIVE",
    "open_work._MEMBERS",
    "projects._NAMESAKE",
    "proposals._EXPIRED",
    "reported_names._CLIENTS",
    "reported_names._MEMBERS",
    "reported_names._PROJECTS",
    "reported_names._TASKS",
    "time_entries._ALL_SECONDS_OF_DAY",
    "timers._ANY_OF_MEMBER",
    "tokens._USED",
    "undo._ASSIGNED_OUTSIDE",
    "undo._UNDOERS",
}
NOT_THERE = "Quetzalcoatl"


def unconfined_tables(statement: str) -> list[str]:
    """Return what a statement reads of tables that belong to projects, without being confined."""
    return [
        table
        for table, alias, _ in sources_of(statement)
        if table in Table.metadata.tables
        and table not in OF_NO_PROJECT
        and alias not in OF_RULES
        and not _is_confined(statement, table, alias)
    ]


def _is_confined(statement: str, table: str, alias: str) -> bool:
    holds = (
        rf"JOIN {table}(?: AS {alias})? ON {alias}\.id = \w+\.\w+_id\b",
        rf"\b{alias}\.(?:project_)?id IN \(SELECT (?:enrolment|allowed)\.",
        rf"\bits_task\.id = {alias}\.task_id\b",
        rf"\bits_project\.client_id = {alias}\.id\b",
        rf"\bits_token\.id = {alias}\.token_id\b",
        rf"\b{alias}\.(?:member_)?id = :confined_member_id",
        rf"\b{alias}\.(?:token_)?id = :confined_token_id",
        r"\b(?:AND|WHERE) false\b",
    )
    return any(re.search(one, statement) for one in holds)


@contextmanager
def statements() -> Generator[list[str]]:
    """Yield what is run meanwhile, its parameters by name; finding who calls is left out."""
    found: list[str] = []

    def look(_connection: Any, element: ClauseElement, *_: Any) -> None:
        text = " ".join(str(element).split())
        if not isinstance(element, Insert) and "version_num" not in text:
            found.append(text)

    event.listen(Engine, "before_execute", look)
    try:
        yield found
    finally:
        event.remove(Engine, "before_execute", look)


def those_for_the_program() -> dict[str, str]:
    """Return the statements that nobody's confinement narrows, by name."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(queries.__path__):
        members = vars(importlib.import_module(f"{queries.__name__}.{module.name}"))
        for name, one in members.items():
            if isinstance(one, Scoped) and one.for_the_program:
                found[f"{module.name}.{name}"] = " ".join(str(one.statement).split())
    return found


async def test_what_the_program_must_know_of_all_projects_is_a_short_list() -> None:
    assert those_for_the_program().keys() == FOR_THE_PROGRAM


async def calls_of(divided: Divided) -> list[tuple[Operation, str, str]]:
    """Return each argument that names something, of each operation that the caller may use."""
    runtime = divided.caller.runtime
    actor = await runtime.identify(divided.caller.caller)
    return [
        (one, argument, KIND_OF_ARGUMENT[argument])
        for one in runtime.catalogue.operations.values()
        for argument in one.arguments.names
        if permits(actor, one) and KIND_OF_ARGUMENT.get(argument) in divided.foreign_ids
    ]


@pytest.mark.parametrize("kind_of_caller", CONFINED)
async def test_what_is_not_theirs_is_looked_for_and_missed_like_what_is_not_there(
    house: House, clock: Clock, kind_of_caller: str
) -> None:
    divided = await divide(*house, kind_of_caller)
    program = set(those_for_the_program().values())
    tried = 0
    for operation, argument, kind in await calls_of(divided):
        missing_id = new_id(PREFIXES[kind], clock(), b"not there!")
        pairs = [(one_id, missing_id) for one_id in divided.foreign_ids[kind]]
        if kind in divided.foreign_names:
            pairs.append((divided.foreign_names[kind], NOT_THERE))
        for foreign, missing in pairs:
            what = f"{operation.name}({argument}={foreign})"
            theirs, how = await _attempt(divided, operation, argument, foreign)
            nothing, how_else = await _attempt(divided, operation, argument, missing)
            assert theirs == nothing, what
            assert how == how_else, what
            # A Member is told that they assign nobody, before anybody is looked for.
            assert json.loads(theirs)["code"] in ("not_found", "forbidden_scope"), what
            leaks = [one for one in how if unconfined_tables(one) and one not in program]
            assert leaks == [], what
            tried += json.loads(theirs)["code"] == "not_found"
    assert tried >= 20


async def _attempt(
    divided: Divided, operation: Operation, argument: str, value: str
) -> tuple[str, list[str]]:
    required = operation.arguments.schema.get("required", [])
    given: dict[str, Any] = {
        one: divided.own[KIND_OF_ARGUMENT[one]] for one in required if one in KIND_OF_ARGUMENT
    }
    given |= NEEDED.get(operation.name, {})
    given[argument] = [value] if argument in LISTS else value
    if operation.name == "set_rate" and argument in ("task", "client"):
        given.pop("project", None)
    # Over REST there is every argument that there is.
    caller = replace(divided.caller, caller=replace(divided.caller.caller, door=REST))
    with statements() as seen, pytest.raises(Refused) as refused:
        await caller.call(operation.name, **given)
    return json.dumps(refused.value.error).replace(value, "IT"), seen


@pytest.mark.parametrize("kind_of_caller", CONFINED)
async def test_nothing_that_they_read_or_write_goes_beyond_their_projects(
    house: House, clock: Clock, kind_of_caller: str
) -> None:
    divided = await divide(*house, kind_of_caller)
    program = set(those_for_the_program().values())
    with statements() as seen:
        said = await a_day_of(divided, clock)
        said += await what_else_may_be_called(divided, clock)
    assert FOREIGN not in json.dumps(said)
    assert sorted({one for one in seen if unconfined_tables(one)} - program) == []
    assert len(set(seen)) > 25, "the inspector saw what there was to see"


async def a_day_of(divided: Divided, clock: Clock) -> list[Any]:
    """Do what a confined caller may do, and return what they were told."""
    call, own = divided.caller.call, divided.own
    said = [
        await call("overview"),
        await call("find", archived=True),
        await call("find", query=FOREIGN[:3]),
        *[
            await call("complete_name", kind=kind, typed="")
            for kind in ("client", "project", "task", "member", "invoice", "period")
        ],
        await call("list_tasks"),
        await call("list_tasks", limit=1, assignee=own["member"], project="Website"),
        await call("get_task", task="Design"),
        await call("get_project", project="Website"),
        await call("list_time_entries", period="this month"),
        await call("list_time_entries", client="Acme", task="Design", member=own["member"]),
        await call("get_timesheet", week="this week"),
        await call("log_time", project="Website", duration="30m", task="Design", key="k"),
        await call("log_time", project="Website", duration="30m", task="Design", key="k"),
        await call("log_time", project="Website", duration="10m"),
        await call("log_time", project="Website", duration="10m"),
        await call("log_times", entries=[{"project": "acme", "duration": "5m"}]),
        await call("update_time_entry", time_entry=own["time_entry"], note="Better"),
        await call("update_task", task="Design", status="IN_PROGRESS"),
        await call("start_timer", project="Website", task="Design"),
        await call("get_running_timer"),
        await call("get_member", member=own["member"]),
        await call("overview"),
        await call("get_time_entry", time_entry=own["time_entry"]),
        await call("update_time_entries", ids=[own["time_entry"]], billable=False),
    ]
    clock.advance(hours=1)
    said += [
        await call("stop_timer"),
        await call("delete_time_entry", time_entry=own["time_entry"]),
    ]
    for operation, given in (
        ("log_time", {"project": "Website", "duration": "23h"}),
        ("log_time", {"project": "Web", "duration": "1h", "task": FOREIGN}),
        ("update_task", {"task": "Design", "name": ""}),
        ("stop_timer", {}),
    ):
        with pytest.raises(Refused) as refused:
            await call(operation, **given)
        said.append(str(refused.value.error).replace(f'"{FOREIGN}"', "what was typed"))
    return said


BY_MEMBERS: list[tuple[str, dict[str, Any]]] = [
    ("list_activity", {}),
    ("list_activity", {"about": "Website", "member": "Ben", "period": "today"}),
    ("get_activity", {"thing": "Website"}),
    ("create_token", {"name": "phone"}),
    ("revoke_token", {"token": "phone"}),
    ("update_member", {"member": "Ben", "name": "Benjamin"}),
    ("report", {"kind": "utilisation"}),
    ("report", {"kind": "gaps"}),
]
BY_TOKENS: list[tuple[str, dict[str, Any]]] = [
    ("get_client", {"client": "Acme"}),
    ("list_project_members", {"project": "Website"}),
    ("add_project_member", {"project": "Website", "member": "Owner"}),
    ("undo", {}),
    ("create_task", {"project": "Website", "name": "Paint", "assignees": ["Owner"]}),
    ("set_rate", {"project": "Website", "rate": "95"}),
    ("undo", {}),
    ("set_rounding", {"project": "Website", "minutes": "30"}),
    ("update_project", {"project": "Website", "name": "Webshop"}),
    ("undo", {}),
    ("remove_project_member", {"project": "Website", "member": "Owner"}),
    ("filter_clients", {"search": FOREIGN[:3], "sort": "-name"}),
    ("list_contacts", {"client": "Acme"}),
    ("archive_task", {"task": "Design"}),
    ("archive_project", {"project": "Website"}),
]
BY_BOTH: list[tuple[str, dict[str, Any]]] = [
    ("log_time", {"project": "Website", "duration": "20m"}),
    ("undo", {}),
    ("start_timer", {"project": "Website"}),
    ("undo", {}),
    ("update_task", {"task": "Design", "status": "DONE"}),
    ("undo", {}),
    ("report", {"kind": "time", "group_by": "client, project, task, member, tag, week"}),
    ("report", {"kind": "time", "client": "Acme", "project": "Website", "task": "Design"}),
    ("export_data", {"kind": "tasks", "client": "Acme", "project": "Website"}),
    ("list_members", {}),
    ("list_members", {"removed": True}),
    ("get_report", {"kind": "time", "period": "this month"}),
    ("get_grouped_report", {"kind": "time", "period": "this month", "group_by": "client, week"}),
    ("get_me", {}),
    ("get_organization", {}),
    ("filter_members", {"search": "e", "sort": "-role"}),
    ("filter_projects", {"search": FOREIGN[:3], "sort": "-name", "client_name": "Acme"}),
    ("filter_tasks", {"search": FOREIGN[:3], "sort": "due_date"}),
    ("filter_tasks", {"client_name": "Acme"}),
    ("filter_time_entries", {"client_name": "Acme"}),
    ("filter_time_entries", {"sort": "-duration_seconds", "limit": 1}),
    ("filter_time_entries", {"running": True}),
    ("list_tokens", {"ended": True}),
    ("list_guides", {}),
    ("get_guide", {"guide": "api"}),
]
REFUSED_TO_THEM = {"create_project"}


async def what_else_may_be_called(divided: Divided, clock: Clock) -> list[Any]:
    """Call what a day does not take, and see that nothing is left that they may call."""
    runtime = divided.caller.runtime
    actor = await runtime.identify(divided.caller.caller)
    more = BY_MEMBERS if actor.blind else BY_TOKENS
    leaving: list[tuple[str, dict[str, Any]]] = [("leave_organization", {})] if actor.blind else []
    said: list[Any] = []
    for operation, given in [*BY_BOTH, *more, *leaving]:
        clock.advance(seconds=1)
        said.append(await divided.caller.call(operation, **given))
    may = {one.name for one in runtime.catalogue.operations.values() if permits(actor, one)}
    assert may - REFUSED_TO_THEM <= divided.caller.called, "there is more that they may call"
    return said


_entry, _project, _client = core_table(TimeEntry), core_table(Project), core_table(Client)
_BEN = Confinement("mem_ben", blind=True, token_id=None)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        (select(_entry.c.id), ["time_entry"]),
        (
            select(_entry.c.id)
            .select_from(_entry.join(_client, _client.c.id == _entry.c.note))
            .where(_client.c.name == "x"),
            ["client", "time_entry"],
        ),
        (
            select(_client.c.id).where(
                _client.c.id.in_(
                    select(_project.c.client_id).where(_project.c.organization_id == TENANT)
                )
            ),
            ["client", "project"],
        ),
    ],
    ids=["one table", "two", "one within another"],
)
async def test_the_inspector_of_confinement_reads_sql(
    statement: Select[Any], tables: list[str]
) -> None:
    plain = scoped(statement)
    assert sorted(unconfined_tables(" ".join(str(plain.statement).split()))) == tables
    assert unconfined_tables(" ".join(str(confined(plain, _BEN)).split())) == []


async def test_what_has_no_rule_stops_the_program() -> None:
    no_rows_of_events = str(confined(scoped(select(core_table(Event).c.id)), _BEN))
    assert no_rows_of_events.endswith("WHERE false")
    outer = _project.outerjoin(
        _entry, (_entry.c.project_id == _project.c.id) & (_entry.c.organization_id == TENANT)
    )
    with pytest.raises(TypeError, match="an outer join cannot be confined"):
        confined(scoped(select(_project.c.id).select_from(outer)), _BEN)


async def test_every_table_has_a_rule_for_either_kind_of_caller() -> None:
    for confinement in (_BEN, Confinement("mem_ada", blind=False, token_id="tok_any")):
        for rules, _ in confinement.rules:
            assert rules.keys() == Table.metadata.tables.keys()
