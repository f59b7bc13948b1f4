"""Where houses lie that are measured: in the files they are made in, or poured into PostgreSQL."""

from __future__ import annotations

import asyncio
import atexit
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, closing
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeAlias

from poured import connected, pour, program_url, token_for
from volume import connect

from hoursmith_mcp.toolkit import Toolkit

Ask: TypeAlias = Callable[[str], Awaitable[Sequence[Any]]]
"""Runs a statement that was written by hand, and returns its rows."""


class Place(ABC):
    """A kind of database, and how a house is reached in it, by the file in which it was made."""

    ending: ClassVar[str]
    """What the names of rows end with that are measured here."""
    warm_up: ClassVar[int]
    """How many calls nobody counts, as later ones go another way."""
    days_since_due: ClassVar[str]
    """How somebody writes it for this database by hand."""

    @abstractmethod
    def opened(self, house: Path) -> AbstractAsyncContextManager[Toolkit]:
        """Open the tools of a house."""

    @abstractmethod
    def asked(self, house: Path) -> AbstractAsyncContextManager[Ask]:
        """Open the database of a house beside the program."""


class Sqlite(Place):
    """The files themselves."""

    ending = ""
    warm_up = 1
    days_since_due = "julianday('now', 'start of day') - julianday(due_date)"

    def opened(self, house: Path) -> AbstractAsyncContextManager[Toolkit]:
        """Open the file."""
        return Toolkit.open(house)

    @asynccontextmanager
    async def asked(self, house: Path) -> AsyncGenerator[Ask]:
        """Open the file without the program."""
        with closing(connect(house)) as connection:

            async def ask(statement: str) -> Sequence[Any]:
                rows: Sequence[Any] = connection.execute(statement).fetchall()
                return rows

            yield ask


class Postgresql(Place):
    """Copies of the files on one server."""

    ending = "-postgresql"
    # It makes a plan for each of the first five times, and may then keep one for all others.
    warm_up = 6
    days_since_due = "current_date - due_date::date"

    def __init__(self) -> None:
        """Begin without any."""
        self._poured: dict[Path, _Poured] = {}

    @asynccontextmanager
    async def opened(self, house: Path) -> AsyncGenerator[Toolkit]:
        """Open the copy, which is poured when it is first wanted."""
        url, token = await self._copy_of(house)
        async with Toolkit.open(program_url(url), token=token) as kit:
            yield kit

    @asynccontextmanager
    async def asked(self, house: Path) -> AsyncGenerator[Ask]:
        """Connect to the copy without the program."""
        url, _ = await self._copy_of(house)
        async with connected(url) as driver:
            yield driver.fetch

    async def _copy_of(self, house: Path) -> _Poured:
        if house not in self._poured:
            url = await pour(house, await asyncio.to_thread(_server))
            self._poured[house] = _Poured(url, await token_for(url))
        return self._poured[house]


class _Poured(NamedTuple):
    url: str
    token: str


@cache
def _server() -> str:
    """Start a server, or take the one that is named, until the program ends."""
    sys.path.append(str(Path(__file__).parents[1]))  # where the tests have theirs
    from postgresql_servers import postgresql

    ending = ExitStack()
    atexit.register(ending.close)
    return ending.enter_context(postgresql())


PLACES: Sequence[Place] = (Sqlite(), Postgresql())
