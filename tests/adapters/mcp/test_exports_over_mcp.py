"""Exports over MCP: a link in a tool's answer, and a file where it leads."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest
from conftest import url_of
from connecting import ELSEWHERE, connected
from houses import InProcess, open_house
from mcp import Client
from mcp.shared.exceptions import MCPError
from rows import add_member

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp import exports
from hoursmith_mcp.adapters.mcp.exports import read_contents
from hoursmith_mcp.adapters.rest.names import rest_name
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.core.reports.kinds import KINDS
from hoursmith_mcp.errors import Forbidden
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, XLSX
from hoursmith_mcp.tables.lists import is_whole_list

pytestmark = pytest.mark.anyio

NOTES = ["=1+1", "Homepage", "+49 30 1234"]


@pytest.fixture(
    params=[pytest.param("memory-2025", marks=pytest.mark.ci), "memory-2026", *ELSEWHERE]
)
async def client(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncGenerator[Client]:
    """Yield a client of a house where some time was logged."""
    async with connected(request.param, sqlite_url) as opened:
        await opened.call_tool("create_client", {"name": "Acme", "currency": "EUR"})
        await opened.call_tool("create_project", {"client": "Acme", "name": "Site"})
        for note in NOTES:
            given = {"project": "Site", "duration": "1h", "note": note}
            await opened.call_tool("log_time", given)
        yield opened


async def linked(client: Client, /, **given: Any) -> tuple[dict[str, Any], Any]:
    """Return what export_data answers, and what its link leads to."""
    result = await client.call_tool("export_data", given)
    assert not result.is_error, result.content
    text, link = cast("list[Any]", result.content)
    answer = cast("dict[str, Any]", result.structured_content)
    assert json.loads(text.text) == answer
    assert (link.type, link.uri, link.mime_type) == (
        "resource_link",
        answer["uri"],
        answer["media_type"],
    )
    (contents,) = (await client.read_resource(link.uri)).contents
    assert (contents.uri, contents.mime_type) == (link.uri, link.mime_type)
    return answer, contents


async def test_a_link_leads_to_the_file_in_each_format(client: Client) -> None:
    answer, table = await linked(client, kind="time", period="this year", client="acme")
    assert (answer["first_day"][4:], answer["last_day"][4:]) == ("-01-01", "-12-31")
    names, *rows, end = csv.reader(io.StringIO(table.text, newline=""))
    note = names.index("note")
    assert [row[note] for row in rows] == ["'+49 30 1234", "Homepage", "'=1+1"]
    assert end[:2] == ["# end", "3"]
    _, lines = await linked(client, kind="time", format="ndjson")
    *entries, last = [json.loads(line) for line in lines.text.splitlines()]
    assert [one["note"] for one in entries] == NOTES[::-1]
    assert last == {"end": True, "count": 3}
    _, book = await linked(client, kind="time", format="xlsx")
    (sheet,) = openpyxl.load_workbook(io.BytesIO(base64.b64decode(book.blob))).worksheets
    assert [row[note] for row in sheet.values] == ["note", *NOTES[::-1]]


async def test_the_command_for_a_larger_file_asks_for_the_same(client: Client) -> None:
    async def larger(**given: Any) -> str:
        answer = await client.call_tool("export_data", given)
        assert answer.structured_content is not None
        return str(answer.structured_content["larger"]).partition(" and ")[0]

    assert await larger(kind="projects") == "`hoursmith-mcp export projects -o projects.csv`"
    assert await larger(kind="report-time", period="october 2026", group_by="client, month") == (
        "`hoursmith-mcp export report-time period=2026-10 'group_by=client, month' "
        "-o report-time.csv`"
    )


async def test_projects_have_no_column_that_only_one_of_them_alone_is_shown_with(
    client: Client,
) -> None:
    shown = await client.read_resource("hoursmith://projects/Site.json")
    (contents,) = cast("list[Any]", shown.contents)
    assert json.loads(contents.text)["logged_hours"] == "3"
    _, table = await linked(client, kind="projects")
    names, *_ = csv.reader(io.StringIO(table.text, newline=""))
    assert "name" in names
    assert "loggedHours" not in names


async def test_a_report_is_a_table_of_what_it_says(client: Client) -> None:
    wanted = {"period": "today", "client": "acme", "group_by": "task, member"}
    answer, lines = await linked(client, kind="report-time", format="ndjson", **wanted)
    assert answer["first_day"] == answer["last_day"]
    *rows, last = [json.loads(line) for line in lines.text.splitlines()]
    shown = await client.call_tool("report", {"kind": "time", **wanted})
    hours = [row["hours"] for row in shown.structured_content["rows"]]
    assert [row["hours"] for row in rows] == hours != []
    assert last == {"end": True, "count": len(hours)}
    _, book = await linked(client, kind="report-time", format="xlsx", **wanted)
    (sheet,) = openpyxl.load_workbook(io.BytesIO(base64.b64decode(book.blob))).worksheets
    titles, *cells = sheet.values
    assert [*titles] == [
        *("client", "clientId", "project", "projectId", "task", "taskId", "member", "userId"),
        *("others", "hours", "billableHours", "billableShare"),
    ]
    hours_at = titles.index("hours")
    assert [row[hours_at] for row in cells] == [float(one) for one in hours]


@pytest.mark.ci
async def test_a_report_of_nothing_has_the_columns_of_one_of_something(billed_file: Path) -> None:
    async with open_house(url_of(billed_file)) as (runtime, owner):
        for kind in KINDS.values():
            address = f"hoursmith://exports/report-{kind.name}.csv"
            head = titles(await read_contents(runtime, owner, address))
            if kind.takes_period:
                nothing = await read_contents(runtime, owner, f"{address}?period=2001")
                assert nothing["text"].splitlines()[1].startswith("# end,0,")
                assert titles(nothing) == head
            shown = await InProcess(runtime, owner).call("report", kind=kind.name)
            assert {rest_name(name) for row in shown["rows"] for name in row} <= {*head}


@pytest.mark.ci
async def test_what_leads_nowhere_is_refused_with_the_way_out(client: Client) -> None:
    for address, sentence in [
        ("hoursmith://exports/time.pdf", "one of time, invoices"),
        ("hoursmith://exports/nothing.csv", "one of time, invoices"),
        ("hoursmith://exports/time.csv?nothing=1", "^export time takes no argument nothing"),
        ("hoursmith://exports/time.csv?limit=1", "has no limit"),
        ("hoursmith://exports/time.csv?client_id=acme", "write an id like cl_"),
        ("hoursmith://exports/report-time.csv?kind=revenue", "has no kind"),
    ]:
        with pytest.raises(MCPError, match=sentence):
            await client.read_resource(address)
    for given, sentence in [
        ({"kind": "clients", "period": "october"}, "has no period"),
        ({"kind": "invoices", "project": "Site"}, "has no project"),
        ({"kind": "time", "client": "nobody"}, "no client"),
        ({"kind": "time", "group_by": "client"}, "has no group_by"),
        ({"kind": "report-time", "group_by": "moon"}, "nothing to group by"),
        ({"kind": "report-receivables", "period": "october"}, "how things stand today"),
        ({"kind": "report-revenue", "project": "Site"}, "project"),
    ]:
        result = await client.call_tool("export_data", given)
        assert result.is_error
        assert sentence in cast("Any", result.content)[0].text


@pytest.mark.ci
async def test_a_file_that_no_message_should_hold_is_told_to_be_had_otherwise(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    async with connected("memory-2026", sqlite_url) as client:
        for name in ("Acme", "Borg", "Cyan"):
            await client.call_tool("create_client", {"name": name})
        with pytest.raises(MCPError, match="`hoursmith-mcp export clients`"):
            await client.read_resource("hoursmith://exports/clients.xlsx")


async def test_who_sees_no_money_is_given_no_column_of_it(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, owner):
        door = InProcess(runtime, owner)
        await door.call("create_client", name="Acme", currency="EUR")
        await door.call("create_project", client="Acme", name="Site", hourly_rate="7919.37")
        member: Caller = await add_member(runtime, "Bea")
        await door.call("add_project_member", project="Site", member="Bea")
        for form in ("csv", "xlsx"):
            uri = f"hoursmith://exports/projects.{form}"
            assert "hourlyRate" in titles(await read_contents(runtime, owner, uri))
            seen = titles(await read_contents(runtime, member, uri))
            assert "name" in seen
            assert not {"hourlyRate", "currency", "budgetHours"} & {*seen}
        lines = (await read_contents(runtime, member, "hoursmith://exports/projects.ndjson"))[
            "text"
        ]
        assert "7919" not in lines
        for kind in ("invoices", "lines", "payments", "expenses", "clients", "report-revenue"):
            with pytest.raises(Forbidden):
                await read_contents(runtime, member, f"hoursmith://exports/{kind}.csv")
            with pytest.raises(Exception, match="MANAGER"):
                await InProcess(runtime, member).call("export_data", kind=kind)


def titles(contents: dict[str, Any]) -> list[str]:
    """Return the names of a table's columns."""
    if contents["mimeType"] != XLSX:
        return next(csv.reader(io.StringIO(contents["text"])))
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(contents["blob"])))
    return [str(title) for title in next(iter(book.worksheets[0].values))]


def test_each_kind_is_a_list_that_can_be_had_as_a_whole() -> None:
    operations = load().operations
    for kind, exported in EXPORTS.items():
        one = operations[exported.operation]
        assert is_whole_list(one), kind
        assert one.read_only
        if exported.day is not None:
            assert {f"{exported.day}_from", f"{exported.day}_to"} <= {*one.arguments.names}
    schema = operations["export_data"].arguments.schema["properties"]
    assert schema["kind"]["enum"] == [*EXPORTS]
    assert schema["format"]["enum"] == [*FORMATS]
