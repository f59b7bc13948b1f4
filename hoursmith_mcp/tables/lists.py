"""Lists of operations as tables: their names, their columns, and one page after the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast, get_args

from pydantic import BaseModel

from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.base import Public
from hoursmith_mcp.schemas.exports import NDJSON, XLSX
from hoursmith_mcp.tables.columns import columns
from hoursmith_mcp.tables.forms import CommaSeparated, JsonLines, Row, RowForm
from hoursmith_mcp.tables.workbook import Workbook

CURSOR = "next_cursor"
"""The field of an answer that says where the next page begins."""

GO_ON, LIMIT = "cursor", "limit"
"""The arguments that say where a page begins, and how long it is."""

Page = dict[str, Any]
Read = Callable[[dict[str, Any]], Awaitable[Page]]
"""Reads one page: calls an operation with such arguments."""


def listed_field(result: type[BaseModel]) -> str | None:
    """Return which field of a result is the list, where it is a page of one."""
    name: str | None = getattr(result, "listed", None)
    return name


def rows_field(result: type[BaseModel]) -> str | None:
    """Return which field of a result holds rows: of a page, or of a table as a whole."""
    name: str | None = getattr(result, "tabled", None)
    return listed_field(result) or name


def is_whole_list(one: Operation) -> bool:
    """Say whether an operation's list can be had as a whole."""
    if rows_field(one.result) is None:
        return False
    return CURSOR not in one.result.model_fields or GO_ON in one.arguments.names


def row_form(
    media_type: str, one: Operation, first: Page, *, blind: bool, marked: bool = False
) -> RowForm:
    """Return what writes the rows of a list, as those see it who see no money, or those who do.

    Its columns do not depend on the rows, so of nothing there are the same as of something.
    It is `marked` where a table in CSV begins with a byte order mark.
    """
    if media_type == NDJSON:
        return JsonLines()
    (item,) = get_args(one.result.model_fields[rows_field(one.result) or ""].annotation)
    table = cast("type[Public]", one.result)
    name, names = table.file_name(first) or _path_name(one), table.column_names(first)
    shown = [
        column for column in columns(item, blind=blind) if names is None or column.name in names
    ]
    if media_type == XLSX:
        return Workbook(name, shown)
    return CommaSeparated(name, shown, marked=marked)


def _path_name(one: Operation) -> str:
    words = (one.rest or "").partition(" ")[2].split("/")
    return "-".join(word for word in words if word and not word.startswith("{"))


def longest_page(one: Operation) -> dict[str, Any]:
    """Return the arguments that ask for as many rows at once as can be had."""
    limit = one.arguments.schema["properties"].get(LIMIT)
    return {LIMIT: limit["maximum"]} if limit is not None else {}


def rows_of(one: Operation, page: Page) -> list[Row]:
    """Return the rows of a page."""
    rows: list[Row] = page.get(rows_field(one.result) or "", [])
    return rows


async def pages(one: Operation, given: dict[str, Any], read: Read) -> AsyncGenerator[Page]:
    """Yield all pages of a list, the first one included; raises what reading one raises.

    Each is a call of its own. So between two pages nothing is held but a cursor, and whoever may
    not read on is refused from the next page on.
    """
    page = await read({**given, **longest_page(one)})
    yield page
    while (cursor := page.get(CURSOR)) is not None:
        page = await read({**given, **longest_page(one), GO_ON: cursor})
        yield page


async def written(
    one: Operation, given: dict[str, Any], read: Read, form_of: Callable[[Page], RowForm]
) -> AsyncGenerator[tuple[bytes, int]]:
    """Yield a whole list in a form, in parts, each with how many rows were read by then.

    Raises what reading a page raises, and what the form cannot hold.
    """
    count, form = 0, None
    try:
        async with aclosing(pages(one, given, read)) as read_pages:
            async for page in read_pages:
                head = b""
                if form is None:
                    form = form_of(page)
                    head = form.begin()
                rows = rows_of(one, page)
                count += len(rows)
                yield head + form.rows(rows), count
        assert form is not None, "there is always a first page"
        for part in form.end(count, None):
            yield part, count
    finally:
        if form is not None:
            form.close()
