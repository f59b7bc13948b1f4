"""Webhooks, as those see them who look after them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Delivery, Event, EventCounter, WebhookEndpoint
from hoursmith_mcp.store.tenancy import TENANT, scoped

_endpoint = core_table(WebhookEndpoint)
_delivery = core_table(Delivery)
_event = core_table(Event)
_counter = core_table(EventCounter)

_live = select(_endpoint).where(_endpoint.c.deleted_at.is_(None))
_BY_ID = scoped(_live.where(_endpoint.c.id == bindparam("id")))
_COUNT = scoped(
    select(func.count().label("count"))
    .select_from(_endpoint)
    .where(_endpoint.c.deleted_at.is_(None))
)
_waits_since = (
    select(func.min(_delivery.c.due_at))
    .where(
        _delivery.c.endpoint_id == _endpoint.c.id,
        _delivery.c.state == "pending",
        _delivery.c.organization_id == TENANT,
    )
    .scalar_subquery()
)
# Where nobody runs, what happens is not even queued.
_unseen_since = (
    select(_event.c.occurred_at)
    .where(
        _event.c.sequence > _endpoint.c.event_sequence,
        _event.c.organization_id == TENANT,
    )
    .order_by(_event.c.sequence)
    .limit(1)
    .scalar_subquery()
)
_DOING = scoped(
    select(
        _endpoint.c.id,
        _endpoint.c.url,
        _endpoint.c.state,
        _endpoint.c.disabled_because,
        _endpoint.c.failures,
        _endpoint.c.failing_since,
        _endpoint.c.warned_at,
        _endpoint.c.paced_until,
        _waits_since.label("waits_since"),
        _unseen_since.label("unseen_since"),
    )
    .where(_endpoint.c.deleted_at.is_(None))
    .order_by(_endpoint.c.created_at, _endpoint.c.id)
)
_LAST_EVENT = scoped(select(_counter.c.last_sequence))


class WebhookRow(Shape):
    """A webhook as it lies in the database."""

    id: str
    member_id: str
    url: str
    description: str | None
    patterns: str
    projects: str | None
    thin: bool
    state: str
    disabled_because: str | None
    secret: str
    earlier_secrets: str | None
    last_sequence: int
    per_minute: int | None
    failures: int
    failing_since: int | None
    created_at: int
    updated_at: int


class DoingRow(Shape):
    """How a webhook is doing."""

    id: str
    url: str
    state: str
    disabled_because: str | None
    failures: int
    failing_since: int | None
    warned_at: int | None
    paced_until: int | None
    waits_since: int | None
    unseen_since: int | None


class _Counted(Shape):
    count: int


class _Last(Shape):
    last_sequence: int


class Webhooks:
    """The webhooks of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, webhook_id: str) -> WebhookRow:
        """Return a webhook by id; raises NotFound."""
        row = await self._session.first(WebhookRow, _BY_ID, id=webhook_id.strip().lower())
        if row is None:
            raise NotFound("There is no webhook with that id. list_webhooks() has the ids.")
        return row

    async def doing(self) -> Sequence[DoingRow]:
        """Return how each webhook is doing, the oldest first."""
        return await self._session.all(DoingRow, _DOING)

    async def count(self) -> int:
        """Count the webhooks."""
        return (await self._session.all(_Counted, _COUNT))[0].count

    async def page(self, *, before_id: str | None, limit: int) -> Sequence[WebhookRow]:
        """Return webhooks, the newest first."""
        statement = _live if before_id is None else _live.where(_endpoint.c.id < before_id)
        statement = statement.order_by(_endpoint.c.id.desc()).limit(limit)
        return await self._session.all(WebhookRow, scoped(statement))

    async def add(self, **values: Any) -> WebhookRow:
        """Add a webhook, which is told of what happens from now on."""
        (last,) = await self._session.all(_Last, _LAST_EVENT)
        now_us = self._session.now_us
        stamps = {"version": 1, "created_at": now_us, "updated_at": now_us, "state": "active"}
        counts = {"event_sequence": last.last_sequence, "last_sequence": 0, "failures": 0}
        await self._session.insert(WebhookEndpoint, {**values, **stamps, **counts})
        return await self.get(values["id"])

    async def update(self, webhook_id: str, values: dict[str, Any]) -> WebhookRow:
        """Change a webhook and return it as it is then."""
        await self._session.update(WebhookEndpoint, webhook_id, values)
        return await self.get(webhook_id)

    async def remove(self, webhook_id: str) -> None:
        """Delete a webhook: nothing is sent to it any more."""
        await self._session.update(
            WebhookEndpoint, webhook_id, {"deleted_at": self._session.now_us}
        )
