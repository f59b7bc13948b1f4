"""How often callers asked, as the processes that serve one PostgreSQL tell each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func
from sqlalchemy.dialects.postgresql import insert

from hoursmith_mcp.store.revision import require_revision
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import RequestCount

_count = core_table(RequestCount)
_KEY = (_count.c.caller_id, _count.c.seconds, _count.c.ends_at)
_new = insert(_count).values({column.name: bindparam(column.name) for column in _count.columns})
_TELL = _new.on_conflict_do_update(
    index_elements=list(_count.primary_key.columns), set_={"requests": _new.excluded.requests}
)
_ELSEWHERE = (
    select(*_KEY, func.sum(_count.c.requests).label("requests"))
    .where(
        _count.c.process_id != bindparam("process_id"),
        _count.c.caller_id.in_(bindparam("caller_ids", expanding=True)),
    )
    .group_by(*_KEY)
)
_FORGET = delete(_count).where(_count.c.ends_at <= bindparam("before"))


class Count(NamedTuple):
    """How many requests of a caller one process counted in one window so far."""

    caller_id: str
    seconds: int
    ends_at: int
    """In microseconds UTC."""
    organization_id: str
    requests: int


async def share_counts(session: Session, process_id: str, counts: Sequence[Count]) -> list[int]:
    """Write what a process counted; return how many all others did, in the same windows and order.

    Each process has rows of its own, so that none waits for another one.
    """
    await require_revision(session)
    rows = [{**count._asdict(), "process_id": process_id} for count in sorted(counts)]
    await session.unscoped(_TELL, rows)
    caller_ids = sorted({count.caller_id for count in counts})
    others = await session.unscoped(
        _ELSEWHERE, {"process_id": process_id, "caller_ids": caller_ids}
    )
    found = {(row.caller_id, row.seconds, row.ends_at): int(row.requests) for row in others}
    return [found.get((count.caller_id, count.seconds, count.ends_at), 0) for count in counts]


async def forget_counts(session: Session, *, before_us: int) -> None:
    """Delete what was counted in windows that are over."""
    await require_revision(session)
    await session.unscoped(_FORGET, {"before": before_us})
