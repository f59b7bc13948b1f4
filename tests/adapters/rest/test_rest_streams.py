"""Whole lists, as lines of JSON and as a table, sent while they are read."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from houses import Clock, InProcess, open_house
from rest_calls import key, rest_client
from rows import add_member, change_role
from sqlalchemy import text
from starlette.types import ASGIApp
from streams import CSV, NDJSON, XLSX, add_entries, taken

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.issuing import issue_token
from hoursmith_mcp.adapters.application import build_application
from hoursmith_mcp.adapters.rest.names import rest_path
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.tables.lists import is_whole_list, listed_field

pytestmark = pytest.mark.anyio

ON_A_PAGE = 200
MANY = 2 * ON_A_PAGE + 50

PATIENCE_SECONDS = 60

NOTHING_SENT = {"list_deliveries", "list_webhooks"}
"""Lists that may be empty: nothing leaves the house here."""

WANTED_BY_ID = {"invoices": "invoice", "invoice-schedules": "schedule"}

ON_SQLITE = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.ci)], indirect=True
)
"""What is behind the rows is no matter to their form: every day it is one of the databases."""

House = tuple[Runtime, ASGIApp, InProcess, str]


@pytest.fixture
async def small(house: tuple[Runtime, Caller]) -> House:
    """Return a house with a project in it, its API, and a token of its owner."""
    return await furnished(*house)


async def furnished(runtime: Runtime, caller: Caller) -> House:
    """Put a project into a house."""
    door = InProcess(runtime, caller)
    await door.call("create_client", name="Acme", currency="EUR")
    await door.call("create_project", client="Acme", name="Site", hourly_rate="7919.37")
    token = (await issue_token(runtime, name="script")).token
    return runtime, build_application(runtime, host="127.0.0.1", port=8484), door, token


async def test_a_whole_list_is_sent_in_either_form(small: House) -> None:
    runtime, api, _, token = small
    ids = (await add_entries(runtime, MANY))[::-1]
    lines = await taken(api, "time-entries", NDJSON, token=token)
    *entries, last = lines.lines
    assert [one["id"] for one in entries] == ids
    assert last == {"end": True, "count": MANY}
    assert (lines.status, lines.is_whole) == (200, True)
    assert lines.headers["content-type"] == NDJSON
    assert lines.headers["vary"] == "Accept, Authorization"
    assert lines.headers["cache-control"] == "no-store"
    table = await taken(api, "time-entries", CSV, token=token)
    names, *rows, end = table.table
    assert [row[0] for row in rows] == ids
    assert end == ["# end", str(MANY), *[""] * (len(names) - 2)]
    assert {len(row) for row in table.table} == {len(names)}
    assert table.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert table.headers["content-disposition"] == 'attachment; filename="time-entries.csv"'
    assert table.headers["vary"] == "Accept, Authorization"
    assert lines.pages == table.pages == MANY // ON_A_PAGE + 2, "a page after the other"
    # A row says the same, whatever its form.
    async with rest_client(runtime, token) as client:
        shown = (await client.get("time-entries", params={"limit": "1"})).json()["data"]
    assert shown == [entries[0]]
    cells = dict(zip(names, rows[0], strict=True))
    assert {name: cells.get(name) for name in ("durationSeconds", "billable", "project")} == {
        "durationSeconds": "60",
        "billable": "true",
        "project": "Site",
    }
    assert "availableActions" not in names


@ON_SQLITE
async def test_a_workbook_is_sent_as_a_whole_and_a_table_with_its_mark(small: House) -> None:
    runtime, api, _, token = small
    ids = (await add_entries(runtime, 3, note="=1+1"))[::-1]
    book = await taken(api, "time-entries", XLSX, token=token)
    assert (book.headers["content-type"], book.is_whole) == (XLSX, True)
    assert book.headers["content-disposition"] == 'attachment; filename="time-entries.xlsx"'
    names, *rows = book.sheet
    assert [row[0] for row in rows] == ids
    note, seconds = names.index("note"), names.index("durationSeconds")
    assert [row[note] for row in rows] == [f"{number} =1+1" for number in (2, 1, 0)]
    assert {row[seconds] for row in rows} == {60}
    marked = await taken(api, "time-entries?bom=true&sort=createdAt", CSV, token=token)
    assert marked.body.startswith(b"\xef\xbb\xbfid,")
    assert [row[0] for row in marked.table[1:-1]] == ids[::-1]
    assert (await taken(api, "time-entries?bom=no", CSV, token=token)).body.startswith(b"id,")
    for slip in ("bom=maybe", "bom=true&bom=true"):
        (problem,) = (await taken(api, f"time-entries?{slip}", CSV, token=token)).lines
        assert problem["status"] == 422
        assert "bom must be true or false, once." in problem["detail"]


def is_list(one: Operation) -> bool:
    return is_whole_list(one) and listed_field(one.result) is not None


@pytest.mark.ci
async def test_a_report_is_a_table_and_a_picture_by_what_is_accepted(small: House) -> None:
    _, api, door, token = small
    for day in ("today", "yesterday"):
        await door.call("log_time", project="Site", duration="2h", date=day)
    path = "reports/time?groupBy=day&period=last+7+days"
    (answer,) = (await taken(api, path, "application/json", token=token)).lines
    rows = answer["data"]["rows"]
    assert rows
    *lines, last = (await taken(api, path, NDJSON, token=token)).lines
    assert (lines, last) == (rows, {"end": True, "count": len(rows)})
    table = await taken(api, path, CSV, token=token)
    names, *cells, _ = table.table
    assert names == ["day", "others", "hours", "billableHours", "billableShare"]
    name = f"time-{answer['data']['period'].replace('..', '-to-')}.csv"
    assert table.headers["content-disposition"] == f'attachment; filename="{name}"'
    book = await taken(api, "reports/receivables", XLSX, token=token)
    name = f"receivables-{answer['data']['asOf']}.xlsx"
    assert book.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert [row[0] for row in cells] == [row["day"] for row in rows]
    drawn = await taken(api, path, PICTURE, token=token)
    assert drawn.headers["content-type"] == PICTURE
    assert (await taken(api, path, "text/html", token=token)).status == 406


@pytest.mark.ci
async def test_every_list_is_there_in_every_form(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _):
        api = build_application(runtime, host="127.0.0.1", port=8484)
        token = (await issue_token(runtime, name="script")).token
        operations = runtime.catalogue.operations.values()
        streamed = [one for one in operations if one.rest is not None and is_list(one)]
        assert len(streamed) >= 10
        async with rest_client(runtime, token) as client:
            ids = await fill(client)
            for one in streamed:
                path = rest_path((one.rest or "").removeprefix("GET /"))
                path = path.format(client="Acme", **ids)
                answer = await client.get(path)
                assert answer.status_code == 200, answer.text
                data = answer.json()["data"]
                assert data or one.name in NOTHING_SENT, f"{one.name} lists nothing"
                *lines, last = (await taken(api, path, NDJSON, token=token)).lines
                assert [one.keys() for one in lines] == [one.keys() for one in data]
                # What is not told apart by an id has a number.
                told_by = "number" if one.name == "list_invoice_schedule_runs" else "id"
                listed = [row[told_by] for row in data]
                assert [row[told_by] for row in lines] == listed
                assert last == {"end": True, "count": len(data)}
                names, *rows, end = (await taken(api, path, CSV, token=token)).table
                assert names[0] == told_by
                assert [row[0] for row in rows] == [str(name) for name in listed]
                assert end[:2] == ["# end", str(len(data))]
                titles, *cells = (await taken(api, path, XLSX, token=token)).sheet
                assert [*titles] == names
                assert [row[0] for row in cells] == listed


async def fill(client: httpx2.AsyncClient) -> dict[str, str]:
    """Put something in every list; return the ids of an invoice and of a schedule."""
    ids: dict[str, str] = {}
    made: dict[str, Any] = {}
    hook = {"url": "https://hooks.acme.example/in", "events": ["*"]}
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("webhooks", hook),
        ("webhooks/{id}/test", {"event": "client.created"}),
        ("clients", {"name": "Acme", "currency": "EUR"}),
        ("clients/Acme/contacts", {"email": "b@acme.example"}),
        ("projects", {"clientId": "Acme", "name": "Site", "hourlyRate": "90"}),
        ("tasks", {"projectId": "Site", "name": "Header"}),
        ("time-entries", {"projectId": "Site", "duration": "2h"}),
        ("expenses", {"clientId": "Acme", "description": "Train", "amount": "42.50"}),
        ("invoice-schedules", {"clientId": "Acme", "rule": "monthly on the 1st"}),
        ("invoice-schedules/{id}/skip", {}),
        ("invoices/preview", {"clientId": "Acme"}),
        ("invoices", {"proposal": "{proposal}"}),
        ("invoices/{id}/send", {}),
        ("invoices/{id}/payments", {"amount": "10.00"}),
    ]
    for path, given in bodies:
        filled = {name: _filled(one, made) for name, one in given.items()}
        path = path.format_map(made)
        answer = await client.post(path, json=filled, headers=key(path))
        assert answer.status_code in (200, 201), answer.text
        made |= answer.json()["data"]
        if path in WANTED_BY_ID:
            ids[WANTED_BY_ID[path]] = made["id"]
    return ids


def _filled(given: Any, made: dict[str, Any]) -> Any:
    return given.format_map(made) if isinstance(given, str) else given


@pytest.mark.ci
async def test_what_cannot_be_begun_is_a_problem_as_usual(small: House) -> None:
    runtime, api, _, token = small
    member = await add_member(runtime, "Bea")
    for path, accept, given, status in [
        ("time-entries?sort=nothing", NDJSON, token, 422),
        ("time-entries?nothing=1&limit=0", CSV, token, 422),
        ("time-entries?cursor=rubbish", CSV, token, 422),
        ("time-entries", "text/html", token, 406),
        ("invoices", CSV, member.token, 403),
        ("invoices", "text/html", member.token, 403),
        ("time-entries", CSV, "hsk_live_nothing", 401),
        ("nothing", CSV, token, 404),
    ]:
        answer = await taken(api, path, accept, token=given)
        assert (answer.status, answer.is_whole) == (status, True), path
        assert answer.headers["content-type"] == "application/problem+json"
        (problem,) = answer.lines
        assert problem["status"] == status
    (problem,) = (await taken(api, "time-entries", "text/html", token=token)).lines
    assert problem["type"] == "/api/problems/not-acceptable"
    assert CSV in problem["detail"]
    # What is there in one form only is answered in that, whatever is asked for.
    answer = await taken(api, "clients/Acme", CSV, token=token)
    assert answer.headers["content-type"] == "application/json"
    assert (await taken(api, "time-entries/running", CSV, token=token)).status == 404


@pytest.mark.ci
async def test_what_is_asked_for_besides_holds_of_the_whole(small: House) -> None:
    runtime, api, _, token = small
    ids = (await add_entries(runtime, MANY))[::-1]
    few = await taken(api, "time-entries?limit=3", NDJSON, token=token)
    *rows, last = few.lines
    assert [one["id"] for one in rows] == ids[:3]
    assert (last["end"], last["count"]) == (True, 3)
    rest = await taken(api, f"time-entries?cursor={last['nextCursor']}", NDJSON, token=token)
    assert [one["id"] for one in rest.lines[:-1]] == ids[3:]
    assert rest.lines[-1] == {"end": True, "count": MANY - 3}
    found = await taken(api, "time-entries?entryDate=2026-10-03&sort=createdAt", CSV, token=token)
    assert [row[0] for row in found.table[1:-1]] == ids[::-1][2::28]
    nothing = await taken(api, "time-entries?entryDate=2020-01-01", CSV, token=token)
    assert [row[0] for row in nothing.table] == ["id", "# end"]
    assert nothing.table[-1][1] == "0"
    head = await taken(api, "time-entries", CSV, token=token, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-disposition"] == 'attachment; filename="time-entries.csv"'


@pytest.mark.ci
async def test_rows_that_come_and_go_meanwhile_neither_double_nor_hide_others(
    small: House,
) -> None:
    runtime, api, door, token = small
    ids = await add_entries(runtime, MANY)
    sent, unsent = ids[-3], ids[3]

    async def change(page: int) -> None:
        if page == 1:
            await door.call("delete_time_entry", time_entry=sent)
            await door.call("delete_time_entry", time_entry=unsent)
        await door.call("log_time", project="Site", duration="1h", note=f"at {page}")

    async def change_days(page: int) -> None:
        for day in ("2026-09-01", "2026-11-01"):
            wish: dict[str, Any] = {"duration": "1m", "date": day, "note": f"on {page}"}
            await door.call("log_time", project="Site", **wish)

    by_age = await taken(api, "time-entries", NDJSON, token=token, between=change)
    *entries, last = by_age.lines
    assert [one["id"] for one in entries] == [one for one in ids[::-1] if one != unsent]
    assert last == {"end": True, "count": MANY - 1}
    # What is added behind the place of a reader is met, and what is added before it is not.
    before = {
        one["id"] for one in (await taken(api, "time-entries", NDJSON, token=token)).lines[:-1]
    }
    by_day = await taken(
        api, "time-entries?sort=entryDate", NDJSON, token=token, between=change_days
    )
    met = [one["id"] for one in by_day.lines[:-1]]
    assert len(set(met)) == len(met)
    assert before < set(met)
    later = {one["note"] for one in by_day.lines[:-1] if one["id"] not in before}
    assert later == {"on 1", "on 2"}


@ON_SQLITE
async def test_who_may_read_no_further_is_not_sent_the_end(small: House) -> None:
    runtime, api, _, _ = small
    await add_entries(runtime, MANY)
    revoked = text("UPDATE token SET revoked_at = 1 WHERE revoked_at IS NULL")

    async def revoke(page: int) -> None:
        if page == 1:
            await (await runtime.database()).write(lambda session: session.unscoped(revoked))

    token = (await issue_token(runtime, name="first")).token
    lines = await taken(api, "time-entries", NDJSON, token=token, between=revoke)
    *entries, last = lines.lines
    assert len(entries) == last["count"] == ON_A_PAGE
    assert (last["end"], lines.is_whole) == (False, True)
    assert last["problem"]["status"] == 401
    assert last["problem"]["requestId"] == lines.headers["request-id"]
    token = (await issue_token(runtime, name="second")).token
    table = await taken(api, "time-entries", CSV, token=token, between=revoke)
    assert len(table.table) == 1 + ON_A_PAGE
    assert not table.is_whole, "nothing but the connection can tell"
    # Who may read again goes on where it broke off.
    token = (await issue_token(runtime, name="third")).token
    path = f"time-entries?cursor={last['nextCursor']}"
    rest = await taken(api, path, NDJSON, token=token)
    assert rest.lines[-1] == {"end": True, "count": MANY - ON_A_PAGE}


@pytest.mark.ci
async def test_who_sees_less_meanwhile_is_sent_what_they_see(small: House) -> None:
    runtime, api, _, _ = small
    await add_entries(runtime, MANY)
    admin = await add_member(runtime, "Ada", role="ADMIN")

    async def demote(page: int) -> None:
        if page == 1:
            await change_role(runtime, "Ada", "MEMBER")

    answer = await taken(api, "time-entries", NDJSON, token=admin.token, between=demote)
    assert answer.lines[-1] == {"end": True, "count": ON_A_PAGE}


@pytest.mark.ci
async def test_who_sees_no_money_has_no_columns_for_it(small: House) -> None:
    runtime, api, door, token = small
    member = await add_member(runtime, "Bea")
    await door.call("add_project_member", project="Site", member="Bea")
    names, *_ = (await taken(api, "projects", CSV, token=token)).table
    seen, row, _ = (await taken(api, "projects", CSV, token=member.token)).table
    assert {"hourlyRate", "budgetHours"} <= {*names}
    assert not {"hourlyRate", "budgetHours"} & {*seen}
    assert {*seen} < {*names}
    assert "7919" not in ",".join(row)
    (line, _) = (await taken(api, "projects", NDJSON, token=member.token)).lines
    assert {*line} - {"availableActions"} <= {*seen}


@pytest.mark.ci
async def test_nothing_of_the_database_is_held_for_a_client_that_waits(
    database_url: str, clock: Clock
) -> None:
    pools: list[int] = []
    # What is counted, and what the first request leaves to be written in passing, takes connections
    # of its own.
    uncounted: dict[str, Any] = {"rate_limits": "off", "organization_rate_limits": "off"}
    async with open_house(database_url, clock=clock, **uncounted) as house:
        runtime, api, _, token = await furnished(*house)
        await add_entries(runtime, MANY)

        async def look(_: int) -> None:
            database: Any = await runtime.database()
            engine = getattr(database, "_readers", None) or database._engine
            pools.append(engine.pool.checkedout())

        await taken(api, "overview", NDJSON, token=token)
        await runtime.token_uses.settled()
        await taken(api, "time-entries", NDJSON, token=token, between=look)
    assert pools == [0] * (MANY // ON_A_PAGE + 2)


@ON_SQLITE
async def test_a_client_that_leaves_is_read_for_no_longer(small: House) -> None:
    runtime, api, _, token = small
    await add_entries(runtime, MANY)
    async with asyncio.timeout(PATIENCE_SECONDS):
        left = await taken(api, "time-entries", CSV, token=token, leaves_after=1)
    assert (left.pages, left.is_whole) == (1, False)
