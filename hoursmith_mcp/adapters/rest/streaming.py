"""Lists that are sent while they are read: a page after the other, however many there are.

Each page is a call of its own. So between two pages nothing is held but a cursor, whoever may not
read on is refused from the next page on, and a client that is slow keeps nobody waiting.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from hoursmith_mcp.adapters.rest.accepting import chosen
from hoursmith_mcp.adapters.rest.answers import CURSOR, JSON, listed_field
from hoursmith_mcp.adapters.rest.problems import BAD_REQUEST, Problem
from hoursmith_mcp.adapters.rest.refusals import problem_of_call
from hoursmith_mcp.adapters.rest.row_forms import CSV, NDJSON, RowForm
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.operation import Operation

FORMS = (JSON, NDJSON, CSV)
"""What lists are answered as; the first one is a page at a time."""

GO_ON, LIMIT = "cursor", "limit"
"""The arguments that say where a page begins, and how long it is."""

logger = logging.getLogger("hoursmith_mcp")

Page = dict[str, Any]
Read = Callable[[dict[str, Any]], Awaitable[Page]]


class BrokenOff(Exception):
    """The rest of a list cannot be had, and its form cannot say so: the connection has to."""


def is_streamed(one: Operation) -> bool:
    """Say whether an operation's list can be had as a whole."""
    if listed_field(one.result) is None:
        return False
    return CURSOR not in one.result.model_fields or GO_ON in one.arguments.names


def form_wanted(accept: str | None) -> str:
    """Return the form in which a list is wanted; raises Problem where it is in none of them."""
    found = chosen(accept, FORMS)
    if found is None:
        *others, last = FORMS
        raise Problem(
            406,
            BAD_REQUEST,
            f"This list is there as {', '.join(others)} or {last}: name one of them in Accept.",
            kind="not_acceptable",
        )
    return found


@dataclass
class Stream:
    """A list on its way to a client."""

    one: Operation
    given: dict[str, Any]
    read: Read
    form: RowForm
    request_id: str

    async def begun(self) -> AsyncGenerator[bytes]:
        """Read the first page, and return what sends it and the rest.

        Raises an error of the one tree where there is not even a first page.
        """
        is_limited = LIMIT in self.given
        if not is_limited:
            self.given |= _longest_page(self.one)
        first = await self.read(self.given)
        return self._body(first, is_limited=is_limited)

    async def _body(self, page: Page, *, is_limited: bool) -> AsyncGenerator[bytes]:
        """Yield the list in its form; raises BrokenOff."""
        field = listed_field(self.one.result) or ""
        count = len(page[field])
        yield self.form.begin() + self.form.rows(page[field])
        while (cursor := page.get(CURSOR)) is not None and not is_limited:
            try:
                page = await self.read({**self.given, GO_ON: cursor})
            except HoursmithError as error:
                yield self._broken_off(error, count, cursor)
                return
            count += len(page[field])
            yield self.form.rows(page[field])
        yield self.form.end(count, cursor)

    def _broken_off(self, error: HoursmithError, count: int, cursor: str) -> bytes:
        logger.warning("a list broke off after %d rows: %s", count, error.code)
        problem = problem_of_call(error, self.one).document(self.request_id)
        said = self.form.broken_off(count, cursor, problem)
        if said is None:
            raise BrokenOff from error
        return said


def _longest_page(one: Operation) -> dict[str, Any]:
    """Return the arguments that ask for as many rows at once as can be had."""
    limit = one.arguments.schema["properties"].get(LIMIT)
    return {LIMIT: limit["maximum"]} if limit is not None else {}
