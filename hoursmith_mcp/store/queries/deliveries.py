"""What is sent to webhooks, as those see it who look after them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, true, update

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.queries.dispatching import DROPPED, PENDING
from hoursmith_mcp.store.queries.webhooks import WebhookRow
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from hoursmith_mcp.store.tenancy import TENANT, scoped

_delivery = core_table(Delivery)
_attempt = core_table(DeliveryAttempt)
_event = core_table(Event)

_BY_ID = scoped(select(_delivery).where(_delivery.c.id == bindparam("id")))
_ATTEMPTS = scoped(
    select(_attempt)
    .where(_attempt.c.delivery_id.in_(bindparam("ids", expanding=True)))
    .order_by(_attempt.c.delivery_id, _attempt.c.number)
)
_REPLAYED: dict[str, Any] = {
    "state": PENDING,
    "tries": 0,
    "due_at": bindparam("now"),
    "scheduled_at": bindparam("now"),
    "replayed_at": bindparam("now"),
    "finished_at": None,
}
_DROPPED: dict[str, Any] = {"state": DROPPED, "finished_at": bindparam("now")}


class LoggedRow(Shape):
    """A delivery as it lies in the database."""

    id: str
    endpoint_id: str
    event_id: str | None
    type: str
    sequence: int
    state: str
    due_at: int
    replayed_at: int | None
    created_at: int
    finished_at: int | None


class AttemptRow(Shape):
    """An attempt as it lies in the database."""

    delivery_id: str
    number: int
    at: int
    milliseconds: int
    status: int | None
    fault: str | None
    beginning: str


class Deliveries:
    """The deliveries to webhooks of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, delivery_id: str) -> LoggedRow:
        """Return a delivery by id; raises NotFound."""
        row = await self._session.first(LoggedRow, _BY_ID, id=delivery_id.strip().lower())
        if row is None:
            raise NotFound("There is no delivery with that id. list_deliveries() has the ids.")
        return row

    async def page(
        self,
        *,
        webhook_id: str | None,
        types: Collection[str],
        state: str | None,
        between_us: tuple[int, int] | None,
        before_id: str | None,
        limit: int,
    ) -> Sequence[LoggedRow]:
        """Return deliveries of some types, the newest first, narrowed where that is given."""
        statement = select(_delivery).where(_delivery.c.type.in_(sorted(types)))
        if webhook_id is not None:
            statement = statement.where(_delivery.c.endpoint_id == webhook_id)
        if state is not None:
            statement = statement.where(_delivery.c.state == state)
        if between_us is not None:
            statement = statement.where(*_between(between_us))
        if before_id is not None:
            statement = statement.where(_delivery.c.id < before_id)
        statement = statement.order_by(_delivery.c.id.desc()).limit(limit)
        return await self._session.all(LoggedRow, scoped(statement))

    async def attempts(self, delivery_ids: Sequence[str]) -> dict[str, list[AttemptRow]]:
        """Return the attempts of deliveries, in their order."""
        found: dict[str, list[AttemptRow]] = {one: [] for one in delivery_ids}
        for row in await self._session.all_in(AttemptRow, _ATTEMPTS, delivery_ids):
            found[row.delivery_id].append(row)
        return found

    async def queue_test(self, webhook: WebhookRow, delivery_id: str, type: str) -> LoggedRow:
        """Queue the sample of a type for a webhook."""
        now_us, sequence = self._session.now_us, webhook.last_sequence + 1
        await self._session.update(WebhookEndpoint, webhook.id, {"last_sequence": sequence})
        row = {
            "id": delivery_id,
            "endpoint_id": webhook.id,
            "type": type,
            "sequence": sequence,
            "state": PENDING,
            "attempts": 0,
            "tries": 0,
            "due_at": now_us,
            "scheduled_at": now_us,
            "created_at": now_us,
        }
        await self._session.insert(Delivery, row)
        return await self.get(delivery_id)

    async def replay(self, webhook: WebhookRow, delivery_id: str, *, types: Sequence[str]) -> int:
        """Queue a delivery that is over again, where its webhook is still told of it.

        Returns how many that met: one, or none.
        """
        is_a_test = _delivery.c.event_id.is_(None)
        return await self._change(
            _REPLAYED,
            _delivery.c.id == delivery_id,
            _delivery.c.state != PENDING,
            or_(is_a_test, _is_told(webhook, types)),
        )

    async def replay_all(
        self, webhook: WebhookRow, between_us: tuple[int, int], *, types: Sequence[str]
    ) -> int:
        """Queue again what is over, of what a webhook is told of; returns how many.

        What was queued for it in some time, but for tests and for what its owner may not see.
        """
        return await self._change(
            _REPLAYED,
            _delivery.c.endpoint_id == webhook.id,
            _delivery.c.state.not_in([PENDING, "withheld"]),
            *_between(between_us),
            _is_told(webhook, types),
        )

    async def drop_unwanted(self, webhook: WebhookRow, *, types: Sequence[str]) -> int:
        """Drop what waits for a webhook that is told of these types, and its projects, alone.

        Returns how many were dropped; tests stay.
        """
        is_an_event = _delivery.c.event_id.is_not(None)
        return await self._drop(webhook.id, is_an_event, ~_is_told(webhook, types))

    async def drop_all(self, webhook_id: str) -> int:
        """Drop all that waits for a webhook; returns how many that were."""
        return await self._drop(webhook_id)

    async def _drop(self, webhook_id: str, *conditions: ColumnElement[bool]) -> int:
        of_it = _delivery.c.endpoint_id == webhook_id
        return await self._change(_DROPPED, of_it, _delivery.c.state == PENDING, *conditions)

    async def _change(self, values: dict[str, Any], *conditions: ColumnElement[bool]) -> int:
        statement = update(_delivery).where(*conditions).values(values)
        return await self._session.change(scoped(statement), now=self._session.now_us)


def _between(between_us: tuple[int, int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    since_us, until_us = between_us
    return _delivery.c.created_at >= since_us, _delivery.c.created_at < until_us


def _is_told(webhook: WebhookRow, types: Sequence[str]) -> ColumnElement[bool]:
    """Say of the event of a delivery that it is of these types, and of the webhook's projects."""
    projects = (webhook.projects or "").split()
    of_projects = exists().where(
        _event.c.id == _delivery.c.event_id,
        _event.c.organization_id == TENANT,
        _event.c.project_id.in_(projects),
    )
    is_event = _delivery.c.event_id.is_not(None)
    return and_(is_event, _delivery.c.type.in_(types), of_projects if projects else true())
