"""The running program: what all doors share, and `invoke`, the only way in."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.actor import Actor, Caller, Trust
from hoursmith_mcp.access.authentication import authenticate, permits
from hoursmith_mcp.access.usage import TokenUses
from hoursmith_mcp.catalogue import Catalogue, load
from hoursmith_mcp.changes import Announcements
from hoursmith_mcp.errors import Forbidden, HoursmithError, InvalidInput, Unavailable, Unexpected
from hoursmith_mcp.installed import refuse_replaced
from hoursmith_mcp.lasting import CLOSED, to_its_end
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.questions import CONFIRM
from hoursmith_mcp.settings import Settings, default_database_url
from hoursmith_mcp.unit import Answer, Expected, Unit
from hoursmith_mcp.webhooks.outbound import Outbound

if TYPE_CHECKING:
    from hoursmith_mcp.store.database import Database
    from hoursmith_mcp.store.session import Session

logger = logging.getLogger("hoursmith_mcp")


def _wall_clock_us() -> int:
    return time.time_ns() // 1_000


@dataclass
class Runtime:
    """One process: its settings, its catalogue, its database, its clock and its chance.

    The database is opened, and its libraries are loaded, when the first call needs it; listing
    tools costs neither.
    """

    settings: Settings
    clock: Callable[[], int] = _wall_clock_us
    entropy: Callable[[int], bytes] = os.urandom
    announcements: Announcements = field(default_factory=Announcements, init=False)
    _database: Database | None = field(default=None, init=False)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _is_closed: bool = field(default=False, init=False)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The operations, resources and prompts that were found in the folders."""
        return load()

    @cached_property
    def database_url(self) -> str:
        """Where the data lives."""
        return self.settings.database_url or default_database_url()

    def local_caller(self, door: str, *, client: str = "", run: str = "") -> Caller:
        """Return the caller of a local door: the token that is set, else the owner on SQLite."""
        on_sqlite = self.database_url.startswith("sqlite")
        return Caller(
            door=door,
            token=self.settings.token,
            trust=Trust.OWNER_OF_FILE if on_sqlite else Trust.NOBODY,
            organization_id=self.settings.organization,
            client=client,
            run=run,
        )

    async def invoke(
        self,
        operation: Operation,
        caller: Caller,
        given: Mapping[str, Any],
        *,
        key: str | None = None,
        asking: bool = False,
        choosing: bool = False,
        chosen: Mapping[str, str] | None = None,
        offered: Collection[str] | None = None,
        expected: Expected | None = None,
    ) -> Answer:
        """Run one call as one unit of work; when this returns, all of it is stored.

        Where the door is `asking`, an act that should be confirmed first is answered with what it
        would do, and done when it is called again with that answer's `confirm` among the arguments.
        Where it is `choosing`, a person may be asked more; what they chose is in `chosen`, beside
        the arguments as they were given. `offered` are the operations that the door has for this
        caller; without it they are all: an answer offers to do no others. Where something is
        `expected`, it is looked at first.

        Raises an error of the one tree, after which nothing of the call was stored.
        """
        with self._only_our_errors(operation.name):
            if self.settings.read_only and not operation.read_only:
                raise Forbidden(f"{operation.name} changes data, and this server only reads.")
            database = await self.database()
            arguments, choices = dict(given), dict(chosen or {})
            confirm = None
            if asking and operation.asks is not None:
                confirm = _confirm(choices.pop(CONFIRM, arguments.pop(CONFIRM, None)))
            unit = Unit(
                operation,
                caller,
                arguments,
                key,
                self.entropy,
                database.journal_mode,
                self._offering(offered),
                self.catalogue.operations.get,
                self.token_uses.note,
                asking=asking,
                choosing=choosing,
                chosen=choices,
                confirm=confirm,
                toolsets=self.catalogue.toolsets,
                outbound=self.outbound,
                expected=expected,
            )
            try:
                return await self._run(database, unit)
            finally:
                self.token_uses.write_soon()

    async def _run(self, database: Database, unit: Unit) -> Answer:
        if not unit.writing:
            return await database.read(unit.run)
        # Who gives up on a call does not undo it, so what it changed is told all the same.
        return await to_its_end(self._told(database, unit))

    async def _told(self, database: Database, unit: Unit) -> Answer:
        answer = await database.write(unit.run)
        if answer.changed is not None:
            self.announcements.tell(answer.changed)
        return answer

    def _offering(
        self, offered: Collection[str] | None
    ) -> Callable[[Actor, str, Mapping[str, Any]], bool]:
        """Return what tells whether an actor may call an operation for a thing that offers it."""

        def may(actor: Actor, name: str, thing: Mapping[str, Any]) -> bool:
            one = self.catalogue.operations.get(name)
            if one is None or (self.settings.read_only and not one.read_only):
                return False
            if offered is not None and name not in offered:
                return False
            also = one.also(thing) if one.also is not None else None
            return permits(actor, one) and (also is None or also in actor.scopes)

        return may

    async def identify(self, caller: Caller) -> Actor:
        """Find who is calling; every call finds it again in its own transaction.

        Raises an error of the one tree.
        """

        async def unit(session: Session) -> Actor:
            actor, _ = await authenticate(session, caller, writing=False)
            self.token_uses.note(actor, session.now_us)
            return actor

        with self._only_our_errors("identify"):
            try:
                return await (await self.database()).read(unit)
            finally:
                self.token_uses.write_soon()

    @cached_property
    def token_uses(self) -> TokenUses:
        """When tokens were used, as far as it is still to be written."""
        return TokenUses(self.database)

    @cached_property
    def outbound(self) -> Outbound:
        """Where what leaves the house may go, and what is kept secret for it."""
        return Outbound(self.settings, self.database_url)

    @property
    def is_open(self) -> bool:
        """Whether anything has needed the database so far."""
        return self._database is not None

    async def database(self) -> Database:
        """Return the database, opened and of this program's revision.

        Raises Unavailable once the program has closed it.
        """
        if self._database is None:
            async with self._opening:
                if self._database is None:
                    self._database = await self._opened()
        return self._database

    async def _opened(self) -> Database:
        self._refuse_closed()
        refuse_replaced()
        from hoursmith_mcp.store.opening import open_database

        database = await open_database(self.database_url, self.clock)
        if self._is_closed:
            await database.close()
        self._refuse_closed()
        return database

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise Unavailable(CLOSED)

    async def check(self) -> None:
        """Raise Unavailable where the database cannot serve now, or is newer than the program."""
        from hoursmith_mcp.store.revision import require_revision

        with self._only_our_errors("check"):
            await (await self.database()).read(require_revision)

    async def close(self) -> None:
        """Let go of the database, for good: what goes on beside it does not open it again."""
        if self._database is not None:
            await self.token_uses.settled()
            await self._database.close()
            self._database = None
        self._is_closed = True

    @contextmanager
    def _only_our_errors(self, name: str) -> Generator[None]:
        """Log whatever is not of the one tree under an id, and raise Unexpected with that id."""
        try:
            yield
        except HoursmithError:
            raise
        except Exception as error:
            fault_id = self.entropy(6).hex()
            logger.error("fault %s in %s", fault_id, name, exc_info=error)
            raise Unexpected(
                f"{name} failed through a fault of ours; nothing was stored. Its id in the log is "
                f"{fault_id}."
            ) from error


def _confirm(value: Any) -> str | None:
    """Read the `confirm` of an act that asks first."""
    if value is not None and not isinstance(value, str):
        raise InvalidInput("confirm must be text: the confirm of the answer before.")
    return value
