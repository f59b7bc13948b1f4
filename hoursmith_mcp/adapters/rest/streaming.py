"""Lists that are sent while they are read: a page after the other, however many there are.

Each page is a call of its own. So between two pages nothing is held but a cursor, whoever may not
read on is refused from the next page on, and a client that is slow keeps nobody waiting.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from hoursmith_mcp.adapters.rest.accepting import chosen
from hoursmith_mcp.adapters.rest.answers import JSON
from hoursmith_mcp.adapters.rest.problems import BAD_REQUEST, Problem, invalid
from hoursmith_mcp.adapters.rest.refusals import problem_of_call
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE
from hoursmith_mcp.schemas.exports import CSV, NDJSON, XLSX
from hoursmith_mcp.schemas.listing import read_flag
from hoursmith_mcp.tables.forms import RowForm
from hoursmith_mcp.tables.lists import (
    CURSOR,
    GO_ON,
    LIMIT,
    Page,
    Read,
    longest_page,
    rows_of,
)

FORMS = (JSON, NDJSON, CSV, XLSX)
"""What lists are answered as; the first one is a page at a time."""

MARK = "bom"
"""The parameter that asks for a byte order mark before a table in CSV."""

BY_ACCEPT = {"Vary": "Accept"}

logger = logging.getLogger("hoursmith_mcp")


class BrokenOff(Exception):
    """The rest of a list cannot be had, and its form cannot say so: the connection has to."""


def form_wanted(accept: str | None, *, drawn: bool) -> str:
    """Return the form in which a list is wanted; raises Problem where it is in none of them.

    What is `drawn` is there as a picture, too.
    """
    forms = (*FORMS, PICTURE) if drawn else FORMS
    found = chosen(accept, forms)
    if found is None:
        *others, last = forms
        raise Problem(
            406,
            BAD_REQUEST,
            f"This list is there as {', '.join(others)} or {last}: name one of them in Accept.",
            kind="not_acceptable",
        )
    return found


def without_mark(query: bytes) -> tuple[bytes, list[bytes]]:
    """Return a query without what it says of the mark, and that."""
    parts = query.split(b"&")
    name = f"{MARK}=".encode()
    said = [part for part in parts if part.startswith(name)]
    return b"&".join(part for part in parts if part not in said), said


def is_marked(said: list[bytes]) -> bool:
    """Say whether a mark is asked for; raises Problem where that cannot be read."""
    if not said:
        return False
    wanted = read_flag(said[0].partition(b"=")[2].decode("ascii", "replace"))
    if len(said) > 1 or not isinstance(wanted, bool):
        raise invalid(f"{MARK} must be true or false, once.", MARK, parameter=True)
    return wanted


def headers_of(form: RowForm) -> Mapping[str, str]:
    """Return what is said before rows, besides their media type."""
    if form.file_name is None:
        return BY_ACCEPT
    return {**BY_ACCEPT, "Content-Disposition": f'attachment; filename="{form.file_name}"'}


@dataclass
class Stream:
    """A list on its way to a client."""

    one: Operation
    given: dict[str, Any]
    read: Read
    form_of: Callable[[Page], RowForm]
    request_id: str

    async def begun(self) -> tuple[RowForm, AsyncGenerator[bytes]]:
        """Read the first page, and return its form and what sends it and the rest.

        Raises an error of the one tree where there is not even a first page.
        """
        is_limited = LIMIT in self.given
        if not is_limited:
            self.given |= longest_page(self.one)
        first = await self.read(self.given)
        form = self.form_of(first)
        return form, self._body(form, first, is_limited=is_limited)

    async def _body(self, form: RowForm, page: Page, *, is_limited: bool) -> AsyncGenerator[bytes]:
        """Yield the list in its form; raises BrokenOff."""
        count, cursor = 0, page.get(CURSOR)
        # A workbook takes its time: meanwhile others are served.
        try:
            head = await run_in_threadpool(form.begin)
            while True:
                rows = rows_of(self.one, page)
                yield head + await run_in_threadpool(form.rows, rows)
                head, count, cursor = b"", count + len(rows), page.get(CURSOR)
                if cursor is None or is_limited:
                    break
                page = await self.read({**self.given, GO_ON: cursor})
            async for part in iterate_in_threadpool(form.end(count, cursor)):
                yield part
        except HoursmithError as error:
            yield self._broken_off(form, error, count, cursor or "")
        finally:
            form.close()

    def _broken_off(self, form: RowForm, error: HoursmithError, count: int, cursor: str) -> bytes:
        logger.warning("a list broke off after %d rows: %s", count, error.code)
        problem = problem_of_call(error, self.one).document(self.request_id)
        said = form.broken_off(count, cursor, problem)
        if said is None:
            raise BrokenOff from error
        return said
