"""The dispatcher: it finds what is to be told, claims it, sends it, and notes how that went.

Looking for work is a read; only a claim writes. Whoever is killed in the middle of anything leaves
a lease behind, which ends, and then somebody else goes on.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from hoursmith_mcp.core.instants import HOUR_US, SECOND_US
from hoursmith_mcp.core.pacing import held_until_us
from hoursmith_mcp.core.receivers import probed_from_us
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.webhook_urls import read_webhook_url
from hoursmith_mcp.errors import HoursmithError, Unavailable
from hoursmith_mcp.webhooks.sender import Fault, Outcome, Sender
from hoursmith_mcp.webhooks.signatures import signature_headers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hoursmith_mcp.changes import Changed
    from hoursmith_mcp.runtime import Runtime
    from hoursmith_mcp.store.database import Database
    from hoursmith_mcp.store.queries.dispatching_rows import LaneRow
    from hoursmith_mcp.webhooks.lanes import Claimed, Lane

LOOKS_EVERY_SECONDS = 5.0
"""What other processes commit is found so soon; what this one does is told at once."""

AFTER_FAULT_SECONDS = 5.0
PRUNES_EVERY_US = HOUR_US
REPLAYED = "Hoursmith-Replay"

logger = logging.getLogger("hoursmith_mcp")


class Dispatcher:
    """The dispatcher of one process; others may run beside it on the same database."""

    def __init__(self, runtime: Runtime, sender: Sender | None = None) -> None:
        """Take the running program; nothing is begun yet."""
        self._runtime = runtime
        self._rule = runtime.outbound.rule
        self._sender = sender or Sender(self._rule)
        self._lanes: dict[str, Lane] = {}
        self._woken = asyncio.Event()
        self._ending = False
        self._pruned_us = 0
        self._looked_us: int | None = None

    async def run(self, *, grace_seconds: float | None = None) -> None:
        """Dispatch until `end` is called, then finish what is under way, or break it off in time.

        What is broken off is given back, so that the next process begins it again at once.
        """
        stop = self._runtime.announcements.listen(self._hear, self.end)
        try:
            while not self._ending:
                self._woken.clear()
                await self._wait(await self._look())
        finally:
            stop()
            await self.settle(grace_seconds)
            await self._sender.close()

    def end(self) -> None:
        """Begin nothing more."""
        self._ending = True
        self._woken.set()

    async def look(self) -> int | None:
        """Look for work once and begin it; returns when some is due next, if that is known."""
        from hoursmith_mcp.store.queries.dispatching import lanes

        database = await self._runtime.database()
        await self._heed_clock(database)
        due_us: int | None = None
        rows = await database.read(lanes)
        await self._take_back(rows)
        for row in rows:
            try:
                next_us = await self._serve(row)
            except Unavailable:
                raise
            except Exception as error:
                # The others are not to wait for this one.
                logger.error("webhook %s is not looked after", row.id, exc_info=error)
                continue
            if next_us is not None and (due_us is None or next_us < due_us):
                due_us = next_us
        self._lanes = {name: lane for name, lane in self._lanes.items() if not lane.is_empty}
        return due_us

    async def settle(self, grace_seconds: float | None = None) -> None:
        """Wait for what is under way; give back what was claimed and not begun.

        What takes longer than the grace is broken off and given back, too.
        """
        for lane in self._lanes.values():
            while self._ending and lane.waiting:
                await self._give_back(lane.waiting.popleft())
        while running := [task for lane in self._lanes.values() for task in lane.running.values()]:
            _, late = await asyncio.wait(running, timeout=grace_seconds)
            for one in late:
                one.cancel()

    async def _take_back(self, rows: Sequence[LaneRow]) -> None:
        """Give back what was claimed for an endpoint as it is no more, and has not begun.

        It was paused, deleted or changed meanwhile, or its owner was: it is looked at anew.
        """
        from hoursmith_mcp.store.queries.dispatching_rows import rules_of

        now = {row.id: rules_of(row) for row in rows}
        for endpoint_id, lane in self._lanes.items():
            for claimed in lane.outdated(now.get(endpoint_id)):
                await self._give_back(claimed)

    async def _heed_clock(self, database: Database) -> None:
        """Where the clock went back, or may have before, let nothing wait for the old time."""
        from hoursmith_mcp.store.queries.dispatching import ahead
        from hoursmith_mcp.webhooks.work import Place, wait_anew

        now_us, looked_us = self._runtime.clock(), self._looked_us
        if looked_us is None or now_us < looked_us:
            for row in await database.read(ahead):
                place = Place(row.organization_id, row.id)
                await database.write(partial(wait_anew, place=place))
        self._looked_us = now_us

    async def _look(self) -> float:
        """Look for work, and return after how many seconds to look again at the latest."""
        try:
            due_us = await self.look()
            await self._prune()
        except HoursmithError as error:
            logger.warning("webhooks wait: %s", error.message)
            return AFTER_FAULT_SECONDS
        except Exception as error:
            logger.error("webhooks wait for a fault", exc_info=error)
            return AFTER_FAULT_SECONDS
        if due_us is None:
            return LOOKS_EVERY_SECONDS
        wait_us = max(due_us - self._runtime.clock(), 0)
        return min(wait_us / SECOND_US, LOOKS_EVERY_SECONDS)

    async def _prune(self) -> None:
        """Forget, every hour, what is past keeping: in batches, so that writers come between."""
        from hoursmith_mcp.store.queries.dispatching import houses
        from hoursmith_mcp.webhooks.work import prune

        now_us = self._runtime.clock()
        if abs(now_us - self._pruned_us) < PRUNES_EVERY_US:
            return
        self._pruned_us = now_us
        database = await self._runtime.database()
        for organization_id in await database.read(houses):
            forget = partial(prune, organization_id=organization_id)
            while not self._ending and await database.write(forget):
                await asyncio.sleep(0)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), max(seconds, 0.001))
        except TimeoutError:
            pass

    def _hear(self, changed: Changed) -> None:
        self._woken.set()

    async def _serve(self, row: LaneRow) -> int | None:
        """Do what is to be done for an endpoint now; returns when there is more, if known."""
        from hoursmith_mcp.webhooks.lanes import WIDTH, Lane
        from hoursmith_mcp.webhooks.work import Place, claim_due, queue_events

        database, place = await self._runtime.database(), Place(row.organization_id, row.id)
        now_us = self._runtime.clock()
        if row.is_behind:
            await database.write(partial(queue_events, place=place, entropy=self._runtime.entropy))
        is_due = row.is_behind or (row.next_due is not None and row.next_due <= now_us)
        lane = self._lanes.setdefault(row.id, Lane())
        again_us = now_us if row.is_behind else None
        if not is_due or lane.waiting or len(lane.running) >= WIDTH:
            # Whoever makes room in the lane wakes us.
            return again_us if is_due else row.next_due
        paced_us = held_until_us(row.paced_until, row.per_minute, now_us)
        held_us = max(probed_from_us(row.probed_at, now_us), paced_us)
        if held_us > now_us and not row.is_behind:
            return held_us
        claim = partial(claim_due, place=place, under_way=lane.ids, attempt_us=self._attempt_us)
        lane.waiting.extend(await database.write(claim))
        lane.start(self._attempt)
        return again_us

    @property
    def _attempt_us(self) -> int:
        return int(self._sender.longest_seconds * SECOND_US)

    async def _attempt(self, claimed: Claimed) -> None:
        from hoursmith_mcp.webhooks.work import finish

        if self._runtime.clock() > claimed.begins_by_us:
            await self._give_back(claimed)
            self._woken.set()
            return
        try:
            outcome = await self._sent_or_given_back(claimed)
            database = await self._runtime.database()
            chance = self._runtime.entropy
            ended = partial(finish, claimed=claimed, outcome=outcome, entropy=chance)
            notice = await database.write(ended)
            if notice is not None:
                logger.warning("webhook %s: %s", claimed.delivery.endpoint_id, notice)
        except Exception as error:
            # Its lease ends, and it is attempted again.
            logger.error("a webhook's attempt was lost", exc_info=error)
        finally:
            self._woken.set()

    async def _sent_or_given_back(self, claimed: Claimed) -> Outcome | None:
        try:
            return await self._sent(claimed)
        except asyncio.CancelledError:
            await self._give_back(claimed)
            raise

    async def _sent(self, claimed: Claimed) -> Outcome | None:
        if claimed.message is None:
            return None
        try:
            url = read_webhook_url(claimed.url, self._rule)
        except Refusal:
            return Outcome(0, fault=Fault.NO_ADDRESS)
        endpoint_id = claimed.delivery.endpoint_id
        try:
            secrets = self._runtime.outbound.opened(claimed.secrets, of=endpoint_id)
        except HoursmithError as error:
            logger.error("webhook %s: %s", endpoint_id, error.message)
            return Outcome(0, fault=Fault.NO_KEY)
        body = claimed.message.body()
        headers = signature_headers(
            secrets,
            message_id=claimed.message.id,
            at_seconds=self._runtime.clock() // SECOND_US,
            body=body,
        )
        if claimed.delivery.replayed_at is not None:
            headers[REPLAYED] = "true"
        return await self._sender.send(url, headers, body)

    async def _give_back(self, claimed: Claimed) -> None:
        from hoursmith_mcp.webhooks.work import let_go

        try:
            await (await self._runtime.database()).write(partial(let_go, claimed=claimed))
        except HoursmithError:
            logger.info("a webhook's lease is left to end")
