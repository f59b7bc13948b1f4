"""What the dispatcher asks of the database: for whom there is work, what it is, how it went.

It runs the house, so it looks for work across organisations; whatever it then reads or writes of
one is scoped as everybody's is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, String, bindparam, case, delete, func, update

from hoursmith_mcp.core.instants import SECOND_US
from hoursmith_mcp.store.queries.dispatching_rows import (
    AheadRow,
    DeliveryRow,
    EndpointRow,
    EventRow,
    LaneRow,
    Tried,
)
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import (
    Delivery,
    DeliveryAttempt,
    Event,
    EventCounter,
    Member,
    Organization,
    ProjectMember,
    WebhookEndpoint,
)
from hoursmith_mcp.store.tenancy import scoped

MOST_EVENTS = 200
"""How many events are looked through for one endpoint at a time."""

ACTIVE, PENDING = "active", "pending"

UNEVEN_US = 5 * SECOND_US
"""By how much the clocks of machines may differ before one of them counts as having gone back."""

DROPPED = "dropped"
"""Its endpoint was changed, and is not told of it any more; or there is no endpoint any more."""

MOST_PRUNED = 500
"""How many deliveries are forgotten at a time, so that no writer waits for long."""

_endpoint = core_table(WebhookEndpoint)
_delivery = core_table(Delivery)
_event = core_table(Event)
_counter = core_table(EventCounter)
_member = core_table(Member)
_organization = core_table(Organization)
_enrolment = core_table(ProjectMember)

_is_sent_to = (_endpoint.c.state == ACTIVE) & _endpoint.c.deleted_at.is_(None)
_next_due = (
    select(_delivery.c.due_at)
    .where(_delivery.c.endpoint_id == _endpoint.c.id, _delivery.c.state == PENDING)
    .order_by(_delivery.c.due_at)
    .limit(1)
    .scalar_subquery()
)
_LANES = (
    select(
        _endpoint.c.id,
        _endpoint.c.organization_id,
        _endpoint.c.failures,
        _endpoint.c.probed_at,
        _endpoint.c.per_minute,
        _endpoint.c.paced_until,
        _endpoint.c.version,
        _member.c.version.label("owner_version"),
        (_endpoint.c.event_sequence < _counter.c.last_sequence).label("is_behind"),
        _next_due.label("next_due"),
    )
    .select_from(
        _endpoint.join(_counter, _counter.c.organization_id == _endpoint.c.organization_id).join(
            _member, _member.c.id == _endpoint.c.member_id
        )
    )
    .where(_is_sent_to)
)
_OWNED = scoped(
    select(
        *_endpoint.c,
        _member.c.role,
        _member.c.version.label("owner_version"),
        (_member.c.deleted_at.is_not(None)).label("is_removed"),
        _organization.c.live,
    )
    .select_from(
        _endpoint.join(_member, _member.c.id == _endpoint.c.member_id).join(
            _organization, _organization.c.id == _endpoint.c.organization_id
        )
    )
    .where(_endpoint.c.id == bindparam("endpoint"), _endpoint.c.deleted_at.is_(None))
    .with_for_update(of=_endpoint)
)
_PROJECTS = scoped(
    select(_enrolment.c.project_id).where(_enrolment.c.member_id == bindparam("member"))
)
_EVENTS_AFTER = scoped(
    select(_event)
    .where(_event.c.sequence > bindparam("sequence"))
    .order_by(_event.c.sequence)
    .limit(MOST_EVENTS)
)
_EVENTS = scoped(select(_event).where(_event.c.id.in_(bindparam("ids", expanding=True))))
_DUE = scoped(
    select(_delivery)
    .where(
        _delivery.c.endpoint_id == bindparam("endpoint"),
        _delivery.c.state == PENDING,
        _delivery.c.due_at <= bindparam("now"),
        _delivery.c.id.not_in(bindparam("under_way", expanding=True)),
    )
    .order_by(_delivery.c.due_at, _delivery.c.sequence)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = scoped(
    update(_delivery)
    .where(_delivery.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        due_at=bindparam("until"),
        scheduled_at=bindparam("now"),
        attempts=_delivery.c.attempts + 1,
        tries=_delivery.c.tries + 1,
    )
)
# One that was dropped while it was under way is told of as it went, and never tried again.
_still_claimed = (
    _delivery.c.id == bindparam("delivery"),
    _delivery.c.attempts == bindparam("claimed"),
    _delivery.c.state.in_([PENDING, DROPPED]),
)
_new_state = bindparam("new_state", type_=String)
_unless_dropped = case((_new_state == PENDING, _delivery.c.state), else_=_new_state)
_FINISH = scoped(
    update(_delivery)
    .where(*_still_claimed)
    .values(
        state=_unless_dropped,
        due_at=bindparam("due"),
        scheduled_at=bindparam("now"),
        finished_at=func.coalesce(bindparam("finished", type_=BigInteger), _delivery.c.finished_at),
    )
)
_LET_GO = scoped(
    update(_delivery)
    .where(*_still_claimed)
    .values(due_at=bindparam("now"), scheduled_at=bindparam("now"), tries=_delivery.c.tries - 1)
)
_is_ahead = (_delivery.c.state == PENDING) & (_delivery.c.scheduled_at > bindparam("soon"))
_AHEAD = select(_endpoint.c.id, _endpoint.c.organization_id).where(
    _is_sent_to,
    _endpoint.c.id.in_(select(_delivery.c.endpoint_id).where(_is_ahead)),
)
_WAIT_ANEW = scoped(
    update(_delivery)
    .where(_delivery.c.endpoint_id == bindparam("endpoint"), _is_ahead)
    .values(
        due_at=bindparam("now") + (_delivery.c.due_at - _delivery.c.scheduled_at),
        scheduled_at=bindparam("now"),
    )
)
_HOUSES = select(_endpoint.c.organization_id).distinct()
_OLDEST = scoped(
    select(_delivery.c.id)
    .where(_delivery.c.created_at < bindparam("before"))
    .order_by(_delivery.c.created_at)
    .limit(MOST_PRUNED)
)
_FORGET = scoped(delete(_delivery).where(_delivery.c.id.in_(bindparam("ids", expanding=True))))
_LOOKED_AFTER = tuple(
    "state disabled_because event_sequence last_sequence paced_until failures failing_since "
    "probed_at warned_at".split()
)
_NOTE = scoped(
    update(_endpoint)
    .where(_endpoint.c.id == bindparam("endpoint"))
    .values({name: bindparam(f"new_{name}") for name in _LOOKED_AFTER})
)


async def lanes(session: Session) -> Sequence[LaneRow]:
    """Return every endpoint that is sent to, of all organisations, and what it waits for."""
    rows: Sequence[Any] = await session.unscoped(_LANES)
    return rows


async def ahead(session: Session) -> Sequence[AheadRow]:
    """Return the endpoints for which something was scheduled before the clock went back."""
    rows: Sequence[Any] = await session.unscoped(_AHEAD, {"soon": session.now_us + UNEVEN_US})
    return rows


async def houses(session: Session) -> list[str]:
    """Return the ids of the organisations that have, or had, a webhook."""
    return [row.organization_id for row in await session.unscoped(_HOUSES)]


class Dispatching:
    """The work of one organisation's endpoints."""

    def __init__(self, session: Session, organization_id: str) -> None:
        """Take a session, which is of that organisation from now on."""
        session.organization_id = organization_id
        self._session = session

    async def endpoint(self, endpoint_id: str) -> EndpointRow | None:
        """Return an endpoint, which nobody else changes until the unit ends; None once deleted."""
        return await self._session.first(EndpointRow, _OWNED, endpoint=endpoint_id)

    async def projects_of(self, member_id: str) -> frozenset[str]:
        """Return the ids of the projects that a member is on."""
        rows = await self._session.all(_InProject, _PROJECTS, member=member_id)
        return frozenset(row.project_id for row in rows)

    async def events_after(self, sequence: int) -> Sequence[EventRow]:
        """Return the events that come next, in their order."""
        return await self._session.all(EventRow, _EVENTS_AFTER, sequence=sequence)

    async def events(self, ids: Sequence[str]) -> dict[str, EventRow]:
        """Return events by id."""
        rows = await self._session.all_in(EventRow, _EVENTS, ids)
        return {row.id: row for row in rows}

    async def add(self, deliveries: list[dict[str, Any]]) -> None:
        """Queue deliveries, due now."""
        now_us = self._session.now_us
        stamps = {
            "state": PENDING,
            "attempts": 0,
            "tries": 0,
            "due_at": now_us,
            "scheduled_at": now_us,
            "created_at": now_us,
        }
        if deliveries:
            await self._session.insert(Delivery, *({**one, **stamps} for one in deliveries))

    async def claim(
        self, endpoint_id: str, *, most: int, lease_us: int, under_way: Sequence[str] = ()
    ) -> Sequence[DeliveryRow]:
        """Claim what is due of an endpoint; nobody else does until the lease ends.

        What is `under_way` in this process is left, even where a clock that jumped ended its lease.
        """
        now_us = self._session.now_us
        rows = await self._session.all(
            DeliveryRow,
            _DUE,
            endpoint=endpoint_id,
            now=now_us,
            most=most,
            under_way=list(under_way),
        )
        if rows:
            ids = [row.id for row in rows]
            await self._session.change(_CLAIM, ids=ids, now=now_us, until=now_us + lease_us)
        return rows

    async def finish(
        self, delivery: DeliveryRow, tried: Tried | None, *, state: str, due_us: int
    ) -> bool:
        """Note how an attempt ended; False where its lease had ended and somebody else tried."""
        now_us, number = self._session.now_us, delivery.attempts + 1
        met = await self._session.change(
            _FINISH,
            delivery=delivery.id,
            claimed=number,
            new_state=state,
            due=due_us,
            now=now_us,
            finished=None if state == PENDING else now_us,
        )
        if met and tried is not None:
            row = {"delivery_id": delivery.id, "number": number, "at": now_us}
            await self._session.insert(DeliveryAttempt, {**row, **vars(tried)})
        return bool(met)

    async def let_go(self, delivery: DeliveryRow) -> None:
        """Give back what was claimed and not tried."""
        await self._session.change(
            _LET_GO, delivery=delivery.id, claimed=delivery.attempts + 1, now=self._session.now_us
        )

    async def wait_anew(self, endpoint_id: str) -> int:
        """Let what was scheduled before the clock went back wait no longer than it was to.

        Returns how many deliveries that met.
        """
        now_us = self._session.now_us
        return await self._session.change(
            _WAIT_ANEW, endpoint=endpoint_id, now=now_us, soon=now_us + UNEVEN_US
        )

    async def forget(self, before_us: int) -> bool:
        """Delete some of what was queued before an instant, and how it was tried.

        True where there may be more.
        """
        ids = [row.id for row in await self._session.all(_Id, _OLDEST, before=before_us)]
        if ids:
            await self._session.change(_FORGET, ids=ids)
        return len(ids) == MOST_PRUNED

    async def note(self, endpoint: EndpointRow, **values: Any) -> None:
        """Change what the dispatcher itself remembers of an endpoint."""
        now = {name: values.get(name, getattr(endpoint, name)) for name in _LOOKED_AFTER}
        parameters = {f"new_{name}": value for name, value in now.items()}
        await self._session.change(_NOTE, endpoint=endpoint.id, **parameters)


class _InProject(Shape):
    project_id: str


class _Id(Shape):
    id: str
