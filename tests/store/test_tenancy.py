"""One organisation never meets another one's rows, in the SQL and in the answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from houses import Clock, InProcess, Refused
from raw_sql import copied, run_raw
from sqlalchemy import delete, exists, select, update
from statement_inspector import inspected, unscoped_tables
from traffic import Traffic, run_a_day

from hoursmith_mcp.access.actor import REST, Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.core.reports.kinds import KINDS
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Client, Project
from hoursmith_mcp.store.tenancy import PARAMETER, TENANT, scoped

pytestmark = pytest.mark.anyio


async def test_every_statement_of_every_operation_names_its_organisation(
    house: tuple[Runtime, Caller], clock: Clock
) -> None:
    runtime, caller = house
    overview = await InProcess(runtime, caller).call("overview")
    with inspected(overview["organization_id"]) as inspection:
        day = await run_a_day(runtime, caller, clock)
    assert day.called == set(runtime.catalogue.operations), "every operation was called"
    assert inspection.leaks == []
    assert len(inspection.statements) > 40, "the inspector saw what there was to see"


@pytest.mark.ci
async def test_every_statement_of_every_report_names_its_organisation(
    house: tuple[Runtime, Caller], past_day: Traffic
) -> None:
    day = replace(past_day, door=InProcess(*house))
    narrowing: dict[str, Any] = {**day.ids, "tag": "a", "billable": True}
    with inspected((await day.say("overview"))["organization_id"]) as inspection:
        for kind in KINDS.values():
            wishes: list[dict[str, Any]] = [{name: narrowing[name]} for name in kind.narrowed_by]
            wishes += [{"group_by": one} for one in (*kind.groupings, ", ".join(kind.groupings))]
            wishes += [{"period": "2026"}] if kind.takes_period else []
            for wish in ({}, *wishes):
                assert await day.say("report", kind=kind.name, **wish)
    assert inspection.leaks == []
    assert len(inspection.statements) > 40, "the inspector saw what there was to see"


async def test_a_planted_leak_is_seen(house: tuple[Runtime, Caller], clock: Clock) -> None:
    runtime, caller = house
    overview = await InProcess(runtime, caller).call("overview")
    client = core_table(Client)

    async def reads_all(session: Session) -> Any:
        return await session.unscoped(select(client.c.name).where(client.c.name_key == "acme"))

    async def writes_all(session: Session) -> Any:
        return await session.unscoped(update(client).values(notes="seen"))

    async def writes_theirs(session: Session) -> None:
        session.organization_id = new_id("org", clock(), bytes(10))
        await session.update(Client, "cl_any", {"notes": "seen"})

    database = await runtime.database()
    for leak, run in (
        (reads_all, database.read),
        (writes_all, database.write),
        (writes_theirs, database.write),
    ):
        with inspected(overview["organization_id"]) as inspection:
            await run(leak)
        assert len(inspection.leaks) == 1, leak.__name__


@pytest.mark.parametrize(
    ("statement", "leaking"),
    [
        ("SELECT client.id FROM client WHERE client.organization_id = ?", []),
        ("SELECT client.id FROM client WHERE client.name_key = ?", ["client"]),
        ("SELECT 1 FROM client WHERE client.organization_id = client.organization_id", ["client"]),
        ("SELECT 1 FROM organization WHERE organization.id = $1::VARCHAR", []),
        ("SELECT 1 FROM organization WHERE organization.name = $1::VARCHAR", ["organization"]),
        ("SELECT 1 FROM client, project WHERE client.organization_id = ?", ["project"]),
        (
            "SELECT 1 FROM activity JOIN activity AS later ON later.subject_id = "
            "activity.subject_id WHERE activity.organization_id = ?",
            ["activity"],
        ),
        (
            "SELECT 1 FROM task WHERE task.organization_id = ? AND (EXISTS (SELECT * FROM "
            "task_assignee WHERE task_assignee.task_id = task.id))",
            ["task_assignee"],
        ),
        ("UPDATE client SET notes=? WHERE client.organization_id = ?", []),
        ("UPDATE client SET organization_id=? WHERE client.id = ?", ["client"]),
        ("DELETE FROM timer WHERE timer.id = ?", ["timer"]),
        ("INSERT INTO client (id, organization_id) VALUES (?, ?)", []),
        ("INSERT INTO client (id, name) VALUES (?, ?)", ["client"]),
        ("SELECT token.id, version_num FROM token WHERE token.prefix = ?", []),
        (
            "SELECT version_num, client.id FROM token, client WHERE token.prefix = ?",
            ["token", "client"],
        ),
        ("SAVEPOINT unit", []),
    ],
)
async def test_the_inspector_reads_sql(statement: str, leaking: list[str]) -> None:
    assert unscoped_tables(statement) == leaking


_client, _project = core_table(Client), core_table(Project)
_of_clients = select(_project.c.client_id)
_another = _client.alias("another")


@pytest.mark.parametrize(
    "statement",
    [
        select(_client.c.id).where(_client.c.id.in_(_of_clients)),
        select(_client.c.id, _of_clients.limit(1).scalar_subquery()),
        select(_client.c.id).where(exists().where(_project.c.client_id == _client.c.id)),
        select(_client.c.id).where(_client.c.id.in_(select(_client.c.id))),
        select(_client.c.id).where(
            _client.c.id.in_(
                _of_clients.join(_another, _another.c.id == _project.c.client_id).where(
                    _project.c.organization_id == TENANT
                )
            )
        ),
        update(_client).values(notes=_of_clients.limit(1).scalar_subquery()),
        delete(_client).where(_client.c.id.in_(_of_clients)),
    ],
    ids=str,
)
async def test_a_nested_select_must_name_the_organisation_itself(statement: Any) -> None:
    with pytest.raises(TypeError, match="of every organisation"):
        scoped(statement)


async def test_a_nested_select_that_names_the_organisation_is_taken() -> None:
    ours = _project.c.organization_id == TENANT
    for statement in (
        select(_client.c.id).where(_client.c.id.in_(_of_clients.where(ours))),
        select(_client.c.id).where(exists().where(_project.c.client_id == _client.c.id, ours)),
        delete(_client).where(~exists().where(_project.c.client_id == _client.c.id, ours)),
    ):
        assert str(scoped(statement).statement).count(f":{PARAMETER}") == 2


@pytest.fixture
async def neighbours(
    house: tuple[Runtime, Caller], clock: Clock, database_url: str
) -> tuple[Traffic, Traffic]:
    """Return the days of two organisations in one database, whose things have the same names."""
    runtime, _ = house
    ours = await issue_token(runtime, name="ours")
    (organization,), *_ = await run_raw(database_url, "SELECT id FROM organization")
    (owner,), *_ = await run_raw(database_url, "SELECT id FROM member")
    other_organization = new_id("org", clock(), b"neighbours")
    other_owner = new_id("mem", clock(), b"neighbours")
    await run_raw(
        database_url,
        copied("organization", organization, id=other_organization, name="Next door"),
        f"INSERT INTO event_counter VALUES ('{other_organization}', 0)",
        copied("member", owner, id=other_owner, organization_id=other_organization),
    )
    next_door = Settings(database_url=database_url, organization=other_organization)
    other_runtime = Runtime(next_door, clock=clock)
    theirs = await issue_token(other_runtime, name="theirs")
    await other_runtime.close()
    return (
        await run_a_day(runtime, Caller(door="test", token=ours.token), clock),
        await run_a_day(runtime, Caller(door="test", token=theirs.token), clock),
    )


async def test_neighbours_see_nothing_of_each_other(
    neighbours: tuple[Traffic, Traffic], database_url: str
) -> None:
    ours, theirs = neighbours
    for one, other in ((ours, theirs), (theirs, ours)):
        everything = json.dumps(one.answers)
        assert all(one_id in everything for one_id in one.ids.values())
        assert not any(other_id in everything for other_id in other.ids.values())
    assert [len(day.answers) for day in neighbours] == [len(ours.answers)] * 2
    assert await diagnose(database_url) == []


# What else an operation needs, where one of its arguments refers to something.
NEEDED: dict[str, dict[str, Any]] = {
    "create_contact": {"email": "eve@example.com"},
    "create_expense": {"description": "Taxi", "amount": "1"},
    "create_invoice_schedule": {"rule": "monthly"},
    "create_project": {"name": "New"},
    "create_task": {"name": "New"},
    "create_token": {"name": "New"},
    "create_webhook": {"url": "https://hooks.example.com/", "events": ["*"]},
    "log_time": {"duration": "1h"},
    "report": {"kind": "time"},
    "log_times": {"entries": [{"duration": "1h"}]},
    "run_due_invoice_schedule": {"due": "2026-12-01"},
    "set_rate": {"rate": "10"},
    "set_rounding": {"minutes": "6"},
    "update_contact": {"title": "seen"},
    "update_client": {"notes": "seen"},
    "export_data": {"kind": "time"},
    "update_expense": {"description": "seen"},
    "update_project": {"description": "seen"},
    "update_task": {"description": "seen"},
    "update_time_entry": {"note": "seen"},
}
KIND_OF_ARGUMENT = {
    "client": "client",
    "contact": "contact",
    "expense": "expense",
    "project": "project",
    "task": "task",
    "member": "member",
    "assignee": "member",
    "assignees": "member",
    "time_entry": "time_entry",
    "projects": "project",
    "invoice": "invoice",
    "payment": "payment",
    "proposal": "proposal",
    "token": "token",
    "schedule": "schedule",
    "webhook": "webhook",
    "delivery": "delivery",
    "activity": "change",
}
PREFIXES = {
    "client": "cl",
    "contact": "co",
    "expense": "ex",
    "project": "pr",
    "task": "tk",
    "member": "mem",
    "time_entry": "te",
    "invoice": "inv",
    "payment": "pay",
    "proposal": "pp",
    "token": "tok",
    "schedule": "sch",
    "webhook": "wh",
    "delivery": "dl",
    "change": "act",
}
LISTS = {"assignees", "projects"}


async def test_what_is_theirs_is_not_found_like_what_is_not_there(
    neighbours: tuple[Traffic, Traffic], clock: Clock
) -> None:
    ours, theirs = neighbours
    tried: set[tuple[str, str]] = set()
    for name, operation in ours.door.runtime.catalogue.operations.items():
        for argument in operation.arguments.names:
            kind = KIND_OF_ARGUMENT.get(argument)
            if kind is None:
                continue
            tried.add((name, argument))
            foreign = await _refusal(ours, name, argument, theirs.ids[kind])
            missing_id = new_id(PREFIXES[kind], clock(), b"not there!")
            missing = await _refusal(ours, name, argument, missing_id)
            assert foreign == missing, f"{name}({argument}=…)"
            assert foreign["code"] == "not_found"
    assert len(tried) >= 40
    entry = {"duration": "1h", "project": theirs.ids["project"]}
    with pytest.raises(Refused, match="no project"):
        await ours.door.call("log_times", entries=[entry])


async def _refusal(day: Traffic, name: str, argument: str, one_id: str) -> dict[str, Any]:
    required = day.door.runtime.catalogue.operations[name].arguments.schema.get("required", [])
    given: dict[str, Any] = {
        one: day.ids[KIND_OF_ARGUMENT[one]] for one in required if one in KIND_OF_ARGUMENT
    }
    given |= NEEDED.get(name, {})
    given[argument] = [one_id] if argument in LISTS else one_id
    # Over REST there is every argument that there is.
    door = replace(day.door, caller=replace(day.door.caller, door=REST))
    with pytest.raises(Refused) as refused:
        await door.call(name, **given)
    return json.loads(json.dumps(refused.value.error).replace(one_id, "THE ID"))  # type: ignore[no-any-return]
