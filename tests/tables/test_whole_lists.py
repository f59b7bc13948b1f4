"""Whole lists, page by page: in each form they have the rows of the pages, no more and no fewer."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from functools import partial
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoursmith_mcp.catalogue import load
from hoursmith_mcp.errors import Unavailable
from hoursmith_mcp.schemas.exports import CSV, FORMATS, NDJSON
from hoursmith_mcp.tables.lists import is_whole_list, row_form, written

ONE = load().operations["filter_tasks"]

Pages = list[list[dict[str, Any]]]
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
pages_of_rows = st.lists(
    st.lists(st.fixed_dictionaries({"id": st.uuids().map(str), "name": texts}), max_size=4),
    min_size=1,
    max_size=4,
)


async def whole(form: str, pages: Pages, *, breaks: bool = False) -> bytes:
    """Return a list that is read so, as a file; it may break before its last page."""

    async def read(asked: dict[str, Any]) -> dict[str, Any]:
        place = int(asked.get("cursor", 0))
        if breaks and place == len(pages) - 1:
            raise Unavailable("away")
        more = {"next_cursor": str(place + 1)} if place + 1 < len(pages) else {}
        return {"tasks": pages[place], **more}

    form_of = partial(row_form, form, ONE, blind=False)
    found = b""
    async for part, _ in written(ONE, {}, read, form_of):
        found += part
    return found


def rows_in(form: str, body: bytes) -> list[tuple[str, str]]:
    """Return the ids and names in a file, which must be whole."""
    if form == NDJSON:
        *rows, last = map(json.loads, body.decode().split("\n")[:-1])
        assert last == {"end": True, "count": len(rows)}
        return [(row["id"], row["name"]) for row in rows]
    if form == CSV:
        names, *cells, end = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
        assert end[:2] == ["# end", str(len(cells))]
    else:
        names, *cells = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0].values
    place = list(names).index("name")
    return [(str(row[0]), str(row[place] or "")) for row in cells]


@pytest.mark.ci
@settings(max_examples=40)
@given(pages=pages_of_rows)
def test_each_form_has_the_rows_of_the_pages(pages: Pages) -> None:
    rows = [(row["id"], row["name"]) for page in pages for row in page]
    for form in FORMATS.values():
        found = rows_in(form, asyncio.run(whole(form, pages)))
        assert [one[0] for one in found] == [one[0] for one in rows]
        if form == NDJSON:
            assert found == rows


@pytest.mark.parametrize("form", FORMATS.values())
def test_what_breaks_off_has_no_end(form: str) -> None:
    with pytest.raises(Unavailable):
        asyncio.run(whole(form, [[{"id": "1", "name": "a"}], []], breaks=True))


def test_every_page_is_of_what_was_asked_for_and_as_long_as_it_can_be() -> None:
    asked: list[dict[str, Any]] = []

    async def read(given: dict[str, Any]) -> dict[str, Any]:
        asked.append(given)
        row = {"id": str(len(asked)), "name": "a"}
        return {"tasks": [row, row], **({"next_cursor": "on"} if len(asked) < 3 else {})}

    async def counts() -> list[int]:
        form_of = partial(row_form, NDJSON, ONE, blind=False)
        return [count async for _, count in written(ONE, {"project_id": "p"}, read, form_of)]

    assert asyncio.run(counts()) == [2, 4, 6, 6]
    first = {"project_id": "p", "limit": 200}
    assert asked == [first, {**first, "cursor": "on"}, {**first, "cursor": "on"}]


def test_what_goes_on_by_no_cursor_of_its_own_is_had_page_by_page() -> None:
    operations = load().operations
    assert is_whole_list(ONE)
    assert is_whole_list(operations["report"])
    for name in ("list_events", "get_activity", "overview"):
        assert not is_whole_list(operations[name])
