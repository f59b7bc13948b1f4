"""Subscriptions: whoever watches a resource is told when it reads differently, in both eras.

What a unit of work has changed is announced once it is stored. A watch reads those of its resources
again that the change may have touched, as the one who watches: so nobody is told of what they may
not read, or of a change that they cannot see. Each watch runs by itself and notes no more than
which of its addresses are to be looked at; one whose client stops reading holds up nobody.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    EmptyResult,
    PingRequest,
    ResourceUpdatedNotification,
    ResourceUpdatedNotificationParams,
    SubscriptionFilter,
    SubscriptionsAcknowledgedNotification,
    SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenResult,
)

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.resources import Place, find_place, read_place, refusal
from hoursmith_mcp.changes import Changed
from hoursmith_mcp.errors import Forbidden, HoursmithError, InvalidInput, NotFound, Unauthenticated
from hoursmith_mcp.runtime import Runtime

if TYPE_CHECKING:
    from anyio.abc import TaskGroup
    from mcp.server import Server
    from mcp.server.context import ServerRequestContext
    from mcp.server.session import ServerSession

SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId"
SESSION_HEADER = "mcp-session-id"
MOST_ADDRESSES = 100
MOST_WATCHES = 1_000
MOMENT_SECONDS = 0.03
"""Between two looks at the same resources: what changes meanwhile is one change."""

SEND_SECONDS = 10
"""How long a client may take to take a notice before it is taken for gone."""

KNOWN_SECONDS = 60
"""How long a quiet watch goes on before it is asked again whether its watcher is still let in."""

OF_WATCHERS = frozenset({"token", "member"})
"""The kinds of changes after which a watcher may not be let in any more."""

ALIVE_SECONDS = 60
"""How long a client of the older era is believed to be there without being asked."""

GONE = "gone"

Connection = tuple[str, str]

logger = logging.getLogger("hoursmith_mcp")


class Watch:
    """What one client watches, and as whom."""

    def __init__(self, runtime: Runtime, caller: Caller) -> None:
        """Take the program, and who watches."""
        self._runtime = runtime
        self._caller = caller
        self._organization_id = ""
        self._places: dict[str, Place] = {}
        self._read: dict[str, str] = {}
        self._touched: dict[str, None] = {}
        self._doubted = False
        self._woken = anyio.Event()
        self._ended = False

    async def add(self, uri: str) -> None:
        """Watch a resource; raises MCPError where it cannot be read, or for one too many."""
        place = find_place(self._runtime.catalogue, uri)
        if len(self._places) >= MOST_ADDRESSES:
            message = f"No more than {MOST_ADDRESSES} resources can be watched at once."
            raise MCPError(code=INVALID_REQUEST, message=message, data={"uri": uri})
        try:
            self._organization_id = (await self._runtime.identify(self._caller)).organization_id
            self._places[uri] = place
            self._read[uri] = _digest(await read_place(self._runtime, self._caller, place))
        except HoursmithError as error:
            self.remove(uri)
            raise refusal(uri, error) from None

    def remove(self, uri: str) -> None:
        """Watch a resource no more."""
        for noted in (self._places, self._read, self._touched):
            noted.pop(uri, None)

    @property
    def addresses(self) -> list[str]:
        """What is watched."""
        return list(self._places)

    def note(self, changed: Changed) -> None:
        """Note which resources a change may have touched; they are looked at later."""
        if changed.organization_id != self._organization_id:
            return
        for uri, place in self._places.items():
            page = place.operation.page
            if page is not None and not changed.kinds.isdisjoint(page.touched_by):
                self._touched[uri] = None
        self._doubted |= not changed.kinds.isdisjoint(OF_WATCHERS)
        if self._touched or self._doubted:
            self._woken.set()

    def end(self) -> None:
        """Look at nothing any more."""
        self._ended = True
        self._woken.set()

    async def updates(self) -> AsyncGenerator[str]:
        """Yield the address of each resource that reads differently than it last did.

        It ends where the one who watches is let in no more: the token was revoked, or expired.
        """
        while not self._ended:
            with anyio.move_on_after(KNOWN_SECONDS) as quiet:
                await self._woken.wait()
            self._woken = anyio.Event()
            if quiet.cancelled_caught or self._doubted:
                await self._ask_again()
            while self._touched and not self._ended:
                uri = next(iter(self._touched))
                del self._touched[uri]
                if await self._reads_differently(uri):
                    yield uri
            await anyio.sleep(MOMENT_SECONDS)

    async def _ask_again(self) -> None:
        """End where the one who watches is not let in any more."""
        self._doubted = False
        try:
            await self._runtime.identify(self._caller)
        except Unauthenticated:
            self.end()
        except HoursmithError:
            return  # The database is away: it is asked again later.

    async def _reads_differently(self, uri: str) -> bool:
        place = self._places.get(uri)
        if place is None:
            return False
        try:
            now = _digest(await read_place(self._runtime, self._caller, place))
        except (NotFound, InvalidInput):
            now = GONE
        except Unauthenticated:
            self.end()
            return False
        except Forbidden:
            self.remove(uri)
            return False
        except HoursmithError:
            return False  # The database is away: there is nothing to read, either.
        before = self._read.get(uri, now)
        if uri in self._places:
            self._read[uri] = now
        return now != before


@dataclass
class _Member:
    """A client of the older era: its watch, how it is reached, and what ends it."""

    watch: Watch
    session: ServerSession
    scope: anyio.CancelScope
    stop_listening: Callable[[], None]

    def leave(self) -> None:
        self.stop_listening()
        self.scope.cancel()


class Subscribers:
    """The clients of one server that watch something, of both eras."""

    def __init__(self, runtime: Runtime, group: TaskGroup) -> None:
        """Take the program, and what the telling of older clients runs in."""
        self._runtime = runtime
        self._group = group
        self._members: dict[Connection, _Member] = {}
        self._listening = 0

    async def subscribe(self, context: Context, caller: Caller, uri: str) -> None:
        """Let a client of the older era watch a resource; raises MCPError."""
        name = _connection(context, caller)
        member = self._members.get(name) or self._admit(name, caller, context.session)
        try:
            await member.watch.add(uri)
        finally:
            if not member.watch.addresses:
                self._dismiss(name)

    def unsubscribe(self, context: Context, caller: Caller, uri: str) -> None:
        """Let a client of the older era watch a resource no more."""
        name = _connection(context, caller)
        if name in self._members:
            watch = self._members[name].watch
            watch.remove(uri)
            if not watch.addresses:
                self._dismiss(name)

    def end(self) -> None:
        """Let go of every client of the older era."""
        for name in list(self._members):
            self._dismiss(name)

    async def listen(
        self, context: Context, caller: Caller, wanted: SubscriptionFilter
    ) -> SubscriptionsListenResult:
        """Serve a stream of the era of 2026, until its client is gone."""
        if context.request_id is None:
            raise MCPError(code=INVALID_REQUEST, message="A subscription needs a request id.")
        if self._listening >= MOST_WATCHES:
            raise MCPError(code=INVALID_REQUEST, message="Too many clients are listening already.")
        watch = Watch(self._runtime, caller)
        self._listening += 1
        stop = self._runtime.announcements.listen(watch.note, watch.end)
        meta: dict[str, Any] = {SUBSCRIPTION_ID: context.request_id}
        try:
            for uri in dict.fromkeys(wanted.resource_subscriptions or ()):
                await _add_if_readable(watch, uri)
            await _acknowledge(context, watch, meta)
            async for uri in watch.updates():
                await _tell(context.session, uri, meta, context.request_id)
        finally:
            stop()
            self._listening -= 1
        return SubscriptionsListenResult(_meta=meta)

    def _admit(self, name: Connection, caller: Caller, session: ServerSession) -> _Member:
        while len(self._members) >= MOST_WATCHES:
            self._dismiss(next(iter(self._members)))
        watch = Watch(self._runtime, caller)
        stop = self._runtime.announcements.listen(watch.note, watch.end)
        member = _Member(watch, session, anyio.CancelScope(), stop)
        self._members[name] = member
        self._group.start_soon(self._serve, name, member)
        return member

    def _dismiss(self, name: Connection) -> None:
        member = self._members.pop(name, None)
        if member is not None:
            member.leave()

    async def _serve(self, name: Connection, member: _Member) -> None:
        with member.scope:
            try:
                await _tell_all(member)
            except Exception:
                logger.exception("a client could not be told of what it watches")
        if self._members.get(name) is member:
            self._dismiss(name)


if TYPE_CHECKING:
    Context = ServerRequestContext[Subscribers, Any]


def subscribers_of(
    runtime: Runtime,
) -> Callable[[Server[Subscribers]], Any]:
    """Return what a server lives within: while it lives, its clients can watch."""

    @asynccontextmanager
    async def life(_: Server[Subscribers]) -> AsyncGenerator[Subscribers]:
        async with anyio.create_task_group() as group:
            subscribers = Subscribers(runtime, group)
            try:
                yield subscribers
            finally:
                subscribers.end()
                group.cancel_scope.cancel()

    return life


async def _add_if_readable(watch: Watch, uri: str) -> None:
    """Watch what can be watched; what cannot is missing from the acknowledgement."""
    try:
        await watch.add(uri)
    except MCPError as error:
        if error.error.code not in (INVALID_PARAMS, INVALID_REQUEST):
            raise


async def _acknowledge(context: Context, watch: Watch, meta: dict[str, Any]) -> None:
    honored = SubscriptionFilter(resource_subscriptions=watch.addresses or None)
    params = SubscriptionsAcknowledgedNotificationParams(notifications=honored, _meta=meta)
    notice = SubscriptionsAcknowledgedNotification(params=params)
    await context.session.send_notification(notice, related_request_id=context.request_id)


async def _tell_all(member: _Member) -> None:
    """Tell a client of the older era of every change, until it is taken for gone."""
    seen_at = anyio.current_time()
    async for uri in member.watch.updates():
        if anyio.current_time() - seen_at > ALIVE_SECONDS:
            if not await _is_there(member.session):
                return
            seen_at = anyio.current_time()
        with anyio.move_on_after(SEND_SECONDS) as sending:
            await _tell(member.session, uri)
        if sending.cancelled_caught:
            return


async def _tell(
    session: ServerSession,
    uri: str,
    meta: dict[str, Any] | None = None,
    request_id: str | int | None = None,
) -> None:
    params = ResourceUpdatedNotificationParams(uri=uri, _meta=meta)
    notice = ResourceUpdatedNotification(params=params)
    await session.send_notification(notice, related_request_id=request_id)


async def _is_there(session: ServerSession) -> bool:
    """Ask a client whether it is still there: nothing else tells of one that has gone."""
    try:
        await session.send_request(
            PingRequest(), EmptyResult, request_read_timeout_seconds=SEND_SECONDS
        )
    except MCPError:
        return False
    return True


def _connection(context: Context, caller: Caller) -> Connection:
    """Name a connection: over HTTP by its session and who uses it, elsewhere there is one only."""
    headers: Any = getattr(context.request, "headers", None) or {}
    return str(headers.get(SESSION_HEADER, "")), caller.token


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
