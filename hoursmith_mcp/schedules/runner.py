"""The runner: it finds which schedules are due, and runs each in the name of its owner.

Looking is a read. A run is one call of one operation, so it is stored as a whole or not at all, and
of several processes that find the same day due the first one runs it: the others find it done.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.actor import Caller, Mandate
from hoursmith_mcp.access.roles import Scope
from hoursmith_mcp.core.instants import SECOND_US, load_zone, local_day, wall_time_us
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.errors import (
    Forbidden,
    HoursmithError,
    NotFound,
    Unauthenticated,
    Unavailable,
    UnknownZone,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hoursmith_mcp.runtime import Runtime
    from hoursmith_mcp.store.queries.schedules import DueRow

LOOKS_EVERY_SECONDS = 10.0
LOOKS_AT_ONCE = 200
"""How many are read in one go, so that no reading is long."""

MOST_FAULTS = 5
"""After so many a day is given up: nobody reads a log for ever."""

AFTER_FAULT_SECONDS = 60.0
"""How long something is left alone that failed by a fault of ours or of the machine's."""

_LONGEST_WAIT_US = int(LOOKS_EVERY_SECONDS * SECOND_US)

DOOR = "schedule"
OPERATION = "run_due_invoice_schedule"
SCOPES = frozenset({Scope.INVOICES_READ, Scope.INVOICES_WRITE, Scope.INVOICES_SEND})

logger = logging.getLogger("hoursmith_mcp")


@dataclass
class Runner:
    """The runner of one process; others may run beside it on the same database."""

    runtime: Runtime
    _ending: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _resting: dict[str, float] = field(default_factory=dict[str, float], init=False)
    _faults: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]], init=False)

    async def run(self) -> None:
        """Run what is due until `end` is called."""
        stop = self.runtime.announcements.listen(lambda _: None, self.end)
        try:
            while not self._ending.is_set():
                seconds = await self._look()
                try:
                    await asyncio.wait_for(self._ending.wait(), max(seconds, 0.001))
                except TimeoutError:
                    pass
        finally:
            stop()

    def end(self) -> None:
        """Begin no other run."""
        self._ending.set()

    async def look(self) -> float:
        """Run once what is due now; returns after how many seconds to look again."""
        rows, wait_us, has_run = await self._some_waiting(None), _LONGEST_WAIT_US, False
        while rows:
            for row in self._rested(rows):
                due_us = self._due_us(row)
                wait_us = min(wait_us, max(due_us - self.runtime.clock(), 0))
                if due_us <= self.runtime.clock() and not self._ending.is_set():
                    has_run = True
                    await self._run_one(row)
            # Whose time of day, or zone, is later must not stand before others that are due.
            rows = await self._some_waiting(rows[-1])
        # What is caught up with may be due again at once.
        return 0.0 if has_run else wait_us / SECOND_US

    async def _some_waiting(self, after: DueRow | None) -> Sequence[DueRow]:
        from hoursmith_mcp.store.queries.schedules import may_be_due

        # Somewhere on earth it is tomorrow already.
        last_day = _utc_day(self.runtime.clock()) + timedelta(days=1)
        database = await self.runtime.database()
        last = last_day.isoformat()
        return await database.read(
            partial(may_be_due, last_day=last, after=after, limit=LOOKS_AT_ONCE)
        )

    async def _look(self) -> float:
        try:
            return await self.look()
        except HoursmithError as error:
            logger.warning("schedules wait: %s", error.message)
        except Exception as error:
            logger.error("schedules wait for a fault", exc_info=error)
        return LOOKS_EVERY_SECONDS

    def _rested(self, rows: Sequence[DueRow]) -> list[DueRow]:
        now = asyncio.get_running_loop().time()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        return [row for row in rows if row.id not in self._resting]

    async def _run_one(self, row: DueRow) -> None:
        """Run a schedule for its due day; one that fails keeps no other from being run."""
        mandate = Mandate(row.member_id, SCOPES)
        caller = Caller(DOOR, organization_id=row.organization_id, client=DOOR, mandate=mandate)
        operation = self.runtime.catalogue.operations[OPERATION]
        try:
            given = {"schedule": row.id, "due": row.next_day}
            await self.runtime.invoke(operation, caller, given)
        except (Forbidden, Unauthenticated):
            await self._give_up(row, has_right=False)
        except (NotFound, UnknownZone):
            self._rest(row)  # It was deleted just now, or its member's days are not known here.
        except Unavailable:
            raise
        except HoursmithError as error:
            logger.error("schedule %s is not run: %s", row.id, error.message)
            self._faults[row.id, row.next_day] += 1
            if self._faults[row.id, row.next_day] < MOST_FAULTS:
                self._rest(row)
            else:
                await self._give_up(row, has_right=True)

    async def _give_up(self, row: DueRow, *, has_right: bool) -> None:
        """Let a schedule go without this day, and say so where people look."""
        from hoursmith_mcp.schedules.work import give_up, set_aside

        logger.warning("schedule %s is not run for %s any more", row.id, row.next_day)
        database = await self.runtime.database()
        given: dict[str, Any] = {"row": row, "entropy": self.runtime.entropy}
        for unit in (partial(give_up, **given, has_right=has_right), partial(set_aside, **given)):
            try:
                return await database.write(unit)
            except Unavailable:
                raise
            except Exception as error:
                logger.error("schedule %s is not given up", row.id, exc_info=error)
        self._rest(row)

    def _due_us(self, row: DueRow) -> int:
        """Return when a schedule is due; that of a zone which is unknown here rests, and alone."""
        try:
            zone = load_zone(row.zone_name)
        except Refusal as refusal:
            logger.error("schedule %s waits: %s", row.id, refusal)
            self._rest(row)
            return self.runtime.clock() + _LONGEST_WAIT_US
        try:
            return wall_time_us(date.fromisoformat(row.next_day), row.minute_of_day, zone)
        except ValueError:
            return self.runtime.clock()  # It is spoilt: running it says so.

    def _rest(self, row: DueRow) -> None:
        self._resting[row.id] = asyncio.get_running_loop().time() + AFTER_FAULT_SECONDS


def _utc_day(now_us: int) -> date:
    return local_day(now_us, load_zone("UTC"))
