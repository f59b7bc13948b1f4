"""The dispatcher's units of work: each one transaction, of one endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.core.event_patterns import matches
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.instants import DAY_US, SECOND_US
from hoursmith_mcp.core.pacing import held_until_us, pause_us, sent_now
from hoursmith_mcp.core.receivers import WELL, Health, Notice, notice_between
from hoursmith_mcp.core.retries import (
    Answered,
    Verdict,
    next_attempt_us,
    read_retry_after,
    read_wish,
    verdict,
)
from hoursmith_mcp.schemas.keeping import kept
from hoursmith_mcp.schemas.webhooks import webhook_out
from hoursmith_mcp.store.queries.dispatching import ACTIVE, PENDING, Dispatching
from hoursmith_mcp.store.queries.dispatching_rows import (
    DeliveryRow,
    EndpointRow,
    EventRow,
    Tried,
    rules_of,
)
from hoursmith_mcp.store.queries.ledger import write_event
from hoursmith_mcp.store.queries.webhooks import Webhooks
from hoursmith_mcp.store.revision import require_revision
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.unit import compact_json
from hoursmith_mcp.webhooks.envelope import Message
from hoursmith_mcp.webhooks.eyes import OwnersEyes
from hoursmith_mcp.webhooks.lanes import QUEUED, WIDTH, Claimed
from hoursmith_mcp.webhooks.samples import read_sample
from hoursmith_mcp.webhooks.sender import Outcome

KEPT_US = 30 * DAY_US
"""How old an event may be that is still told."""

SLACK_US = 5 * SECOND_US
"""How much longer than an attempt a lease is; what has not begun by then is given back."""

DISABLED, WITHHELD = "disabled", "withheld"
GONE = "It asked for no more messages."
GIVEN_UP = "Nothing but failures for five days."
OWNER_GONE = "Its owner is no member any more."


@dataclass(frozen=True)
class Place:
    """Which endpoint a unit is about."""

    organization_id: str
    endpoint_id: str


async def queue_events(session: Session, place: Place, entropy: Callable[[int], bytes]) -> None:
    """Queue what an endpoint is to be told of the events that came since it was last looked at."""
    await require_revision(session)
    store = Dispatching(session, place.organization_id)
    endpoint = await store.endpoint(place.endpoint_id)
    if endpoint is None or endpoint.state != ACTIVE:
        return
    eyes = await _eyes(store, endpoint)
    if eyes.is_removed:
        await store.note(endpoint, state=DISABLED, disabled_because=OWNER_GONE)
        await _tell(session, endpoint.id, Notice.DISABLED, entropy)
        return
    events = await store.events_after(endpoint.event_sequence)
    told = [one for one in events if _is_wanted(endpoint, one, session.now_us)]
    told = [one for one in told if eyes.see(one) is not None]
    deliveries: list[dict[str, Any]] = [
        {
            "id": new_id("dl", session.now_us, entropy(ENTROPY_BYTES)),
            "endpoint_id": endpoint.id,
            "event_id": event.id,
            "type": event.type,
            "sequence": sequence,
        }
        for sequence, event in enumerate(told, start=endpoint.last_sequence + 1)
    ]
    await store.add(deliveries)
    if events:
        sequences = {"event_sequence": events[-1].sequence}
        await store.note(endpoint, **sequences, last_sequence=endpoint.last_sequence + len(told))


async def claim_due(
    session: Session, place: Place, *, under_way: list[str], attempt_us: int
) -> list[Claimed]:
    """Claim what is due of an endpoint, as much as it may be sent now.

    `attempt_us` is how long one attempt takes at the most.
    """
    await require_revision(session)
    store = Dispatching(session, place.organization_id)
    endpoint = await store.endpoint(place.endpoint_id)
    if endpoint is None or endpoint.state != ACTIVE:
        return []
    now_us, health = session.now_us, _health(endpoint)
    if not health.may_send(now_us, under_way=len(under_way), lane=WIDTH):
        return []
    most = 1 if health.is_tripped else (QUEUED if not health.failures else WIDTH - len(under_way))
    most, paced_until = _paced(endpoint, most, now_us)
    lease_us = attempt_us + SLACK_US
    rows = await store.claim(endpoint.id, most=most, lease_us=lease_us, under_way=under_way)
    if not rows:
        return []
    if health.is_tripped:
        await store.note(endpoint, probed_at=now_us + lease_us)
    elif endpoint.per_minute is not None:
        taken_us = pause_us(endpoint.per_minute) * len(rows)
        await store.note(endpoint, paced_until=paced_until + taken_us)
    return await _prepared(store, endpoint, rows, now_us, now_us + lease_us - attempt_us)


async def _prepared(
    store: Dispatching,
    endpoint: EndpointRow,
    rows: Sequence[DeliveryRow],
    now_us: int,
    begins_by_us: int,
) -> list[Claimed]:
    eyes = await _eyes(store, endpoint)
    events = await store.events([row.event_id for row in rows if row.event_id is not None])
    earlier = [sealed for sealed, until in earlier_secrets(endpoint) if until > now_us]
    secrets = (endpoint.secret, *earlier)
    return [
        Claimed(
            endpoint.organization_id,
            row,
            endpoint.url,
            secrets,
            _message(endpoint, row, events.get(row.event_id or ""), eyes),
            begins_by_us,
            rules_of(endpoint),
        )
        for row in rows
    ]


def earlier_secrets(endpoint: EndpointRow) -> list[tuple[str, int]]:
    """Return the encrypted secrets of before, each with the instant at which it ends."""
    return [(sealed, int(until)) for sealed, until in json.loads(endpoint.earlier_secrets or "[]")]


async def finish(
    session: Session,
    claimed: Claimed,
    outcome: Outcome | None,
    entropy: Callable[[int], bytes],
) -> Notice | None:
    """Note how an attempt ended, and tell the others what that says of its endpoint.

    Returns what was told; it is an event of the same transaction, so that none is ever missed.
    Without an outcome nothing was sent, because the endpoint's owner may not see it any more.
    """
    await require_revision(session)
    store = Dispatching(session, claimed.organization_id)
    endpoint = await store.endpoint(claimed.delivery.endpoint_id)
    if outcome is None:
        met = await store.finish(claimed.delivery, None, state=WITHHELD, due_us=session.now_us)
        if met and endpoint is not None and endpoint.probed_at is not None:
            # Nothing was asked of the receiver: the next message may do so at once.
            await store.note(endpoint, probed_at=session.now_us)
        return None
    answered = _answered(outcome, session.now_us)
    tries, chance = claimed.delivery.tries + 1, crc32(claimed.delivery.id.encode())
    what = verdict(answered, tries)
    is_over = what is not Verdict.RETRY
    due_us = session.now_us if is_over else next_attempt_us(answered, tries, session.now_us, chance)
    tried = Tried(outcome.milliseconds, outcome.status, outcome.fault, outcome.beginning)
    # What an endpoint does not want any more of anything is still there, should it come back.
    state = PENDING if what in (Verdict.RETRY, Verdict.DISABLED) else str(what)
    if what is Verdict.DISABLED and answered.succeeded:
        state = str(Verdict.DELIVERED)
    met = await store.finish(claimed.delivery, tried, state=state, due_us=due_us)
    if not met or endpoint is None:
        return None
    notice = await _look_after(store, endpoint, what, session.now_us, chance)
    if notice is not None:
        await _tell(session, endpoint.id, notice, entropy)
    return notice


async def _look_after(
    store: Dispatching, endpoint: EndpointRow, what: Verdict, now_us: int, chance: int
) -> Notice | None:
    if endpoint.state == DISABLED:
        return None  # What was under way when that was told tells nothing more.
    if what is Verdict.DISABLED:
        await store.note(endpoint, state=DISABLED, disabled_because=GONE)
        return Notice.DISABLED
    if what is Verdict.ABANDONED:
        return None
    before = _health(endpoint)
    exhausted = Notice.EXHAUSTED if what is Verdict.EXHAUSTED else None
    after = WELL if what is Verdict.DELIVERED else before.after_failure(now_us, chance)
    if after == before:
        return None
    notice = notice_between(before, after, now_us)
    given_up = {"state": DISABLED, "disabled_because": GIVEN_UP}
    await store.note(
        endpoint,
        failures=after.failures,
        failing_since=after.failing_since_us,
        probed_at=after.probed_at_us,
        warned_at=after.warned_at_us,
        **(given_up if notice is Notice.DISABLED else {}),
    )
    return notice or exhausted


async def _tell(
    session: Session, endpoint_id: str, notice: Notice, entropy: Callable[[int], bytes]
) -> None:
    """Write an event of how an endpoint is doing.

    Its turn is taken after the endpoint, and the other way round where somebody changes that: in
    PostgreSQL one of two that wait for each other is ended, and run again.
    """
    row = await Webhooks(session).get(endpoint_id)
    await write_event(
        session,
        id=new_id("ev", session.now_us, entropy(ENTROPY_BYTES)),
        type=f"webhook.{notice}",
        version=1,
        subject_id=row.id,
        project_id=None,
        member_id=row.member_id,
        data=compact_json(kept(webhook_out(row))),
    )


async def prune(session: Session, organization_id: str) -> bool:
    """Forget some deliveries that are past keeping; True where there may be more."""
    await require_revision(session)
    return await Dispatching(session, organization_id).forget(session.now_us - KEPT_US)


async def wait_anew(session: Session, place: Place) -> None:
    """Let what was scheduled by a clock that went back since wait no longer than it was to."""
    await require_revision(session)
    await Dispatching(session, place.organization_id).wait_anew(place.endpoint_id)


async def let_go(session: Session, claimed: Claimed) -> None:
    """Give back a delivery that was claimed and not attempted."""
    await require_revision(session)
    await Dispatching(session, claimed.organization_id).let_go(claimed.delivery)


async def _eyes(store: Dispatching, endpoint: EndpointRow) -> OwnersEyes:
    role = Role[endpoint.role]
    projects: frozenset[str] = frozenset()
    if role is Role.MEMBER:
        projects = await store.projects_of(endpoint.member_id)
    return OwnersEyes(endpoint.member_id, role, projects, bool(endpoint.is_removed))


def _is_wanted(endpoint: EndpointRow, event: EventRow, now_us: int) -> bool:
    return (
        now_us - event.occurred_at < KEPT_US
        and event.subject_id != endpoint.id
        and matches(endpoint.patterns.split(), event.type)
        and _is_of_its_projects(endpoint, event)
    )


def _is_of_its_projects(endpoint: EndpointRow, event: EventRow) -> bool:
    projects = (endpoint.projects or "").split()
    return not projects or event.project_id in projects


def _message(
    endpoint: EndpointRow, row: DeliveryRow, event: EventRow | None, eyes: OwnersEyes
) -> Message | None:
    shared: dict[str, Any] = {
        "organization_id": endpoint.organization_id,
        "live": bool(endpoint.live),
        "sequence": row.sequence,
        "thin": bool(endpoint.thin),
    }
    if event is None:
        thing = None if eyes.is_removed or eyes.blind else read_sample(row.type)
        stamps: tuple[str, str, int, int] = (row.id, row.type, 1, row.created_at)
    else:
        thing = eyes.see(event) if _is_of_its_projects(endpoint, event) else None
        stamps = (event.id, event.type, event.version, event.occurred_at)
    return None if thing is None else Message(*stamps, thing=thing, test=event is None, **shared)


def _answered(outcome: Outcome, now_us: int) -> Answered:
    return Answered(
        outcome.status,
        timed_out=outcome.timed_out,
        retry_after_us=read_retry_after(outcome.retry_after, now_us),
        wish=read_wish(outcome.wish),
    )


def _health(endpoint: EndpointRow) -> Health:
    return Health(endpoint.failures, endpoint.failing_since, endpoint.probed_at, endpoint.warned_at)


def _paced(endpoint: EndpointRow, most: int, now_us: int) -> tuple[int, int]:
    """Return how many may be sent now by the endpoint's rate, and from when the next one counts."""
    if endpoint.per_minute is None:
        return most, 0
    held_us = held_until_us(endpoint.paced_until, endpoint.per_minute, now_us)
    by_rate, from_us = sent_now(held_us, endpoint.per_minute, now_us)
    return min(most, by_rate), from_us
