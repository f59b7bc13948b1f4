"""Whole lists of the database that the settings name, written page by page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

from hoursmith_mcp.access.actor import Caller, Trust
from hoursmith_mcp.catalogue import named
from hoursmith_mcp.cli.acting import DOOR
from hoursmith_mcp.cli.house import house
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.exports import FORMATS, Export
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.tables.lists import row_form, written


class ListsHere:
    """The lists of a house that is open."""

    unit = "rows"

    def __init__(self, runtime: Runtime) -> None:
        """Take the house; on a database without a token its owner asks."""
        self._runtime = runtime
        self._caller = Caller(
            door=DOOR,
            token=runtime.settings.token,
            trust=Trust.OWNER_OF_FILE,
            organization_id=runtime.settings.organization,
            client="hoursmith-mcp",
        )
        self.rows: int | None = None

    def listing(self, wanted: Export) -> Operation:
        """Return the operation whose list is wanted."""
        return named(self._runtime.catalogue.operations, wanted.exported.operation)

    async def link(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what export_data says of words."""
        one = named(self._runtime.catalogue.operations, "export_data")
        return (await self._runtime.invoke(one, self._caller, given)).data

    async def written(self, wanted: Export, *, marked: bool) -> AsyncGenerator[tuple[bytes, int]]:
        """Yield a list as a file, in parts, each with how many rows were read by then."""
        one = self.listing(wanted)
        blind = (await self._runtime.identify(self._caller)).blind

        async def read(given: dict[str, Any]) -> dict[str, Any]:
            return (await self._runtime.invoke(one, self._caller, given)).data

        form_of = partial(row_form, FORMATS[wanted.format], one, blind=blind, marked=marked)
        async with aclosing(written(one, wanted.arguments, read, form_of)) as parts:
            async for part, count in parts:
                self.rows = count
                yield part, count


@asynccontextmanager
async def lists_here(settings: Settings) -> AsyncGenerator[ListsHere]:
    """Open the house that settings name."""
    async with house(settings) as runtime:
        yield ListsHere(runtime)
