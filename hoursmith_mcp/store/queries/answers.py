"""Answers that were given, for callers that ask the same again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, delete, func

from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.store.session import Session, Shape, core_table, rows_of
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import (
    Activity,
    Client,
    Expense,
    Invoice,
    Payment,
    Project,
    StoredAnswer,
    Task,
    TimeEntry,
)
from hoursmith_mcp.store.tenancy import for_the_program, scoped

KEPT_US = 24 * 3_600 * 1_000_000
"""How long a key is remembered, in microseconds."""

SAME_US = 2 * 60 * 1_000_000
"""How long an equal create without a key is taken for a repeat, in microseconds."""

_answer = core_table(StoredAnswer)
_activity = core_table(Activity)

_BY_KEY = scoped(
    select(_answer).where(
        _answer.c.member_id == bindparam("member"),
        _answer.c.operation == bindparam("operation"),
        _answer.c.key == bindparam("key"),
    )
)
_SAME = scoped(
    select(_answer)
    .where(
        _answer.c.member_id == bindparam("member"),
        _answer.c.sameness == bindparam("sameness"),
        _answer.c.created_at > bindparam("since"),
    )
    .order_by(_answer.c.created_at.desc())
    .limit(1)
)
# What the unit of a stored answer made, and whether any of it was touched by a later unit.
_later = _activity.alias("later")
_TOUCHED_SINCE = for_the_program(
    select(func.count().label("count"))
    .select_from(_activity)
    .join(_later, _later.c.subject_id == _activity.c.subject_id)
    .where(
        _activity.c.unit_id == bindparam("unit"),
        _activity.c.before.is_(None),
        _later.c.unit_id != bindparam("unit"),
    )
)
_EXPIRED = scoped(delete(_answer).where(_answer.c.created_at <= bindparam("before")))
# What an answer may tell of; but for colleagues, whom a task of one's own tells of, too.
_REACHED = {
    "cl": rows_of(core_table(Client)),
    "ex": rows_of(core_table(Expense)),
    "inv": rows_of(core_table(Invoice)),
    "pay": rows_of(core_table(Payment)),
    "pr": rows_of(core_table(Project)),
    "te": rows_of(core_table(TimeEntry)),
    "tk": rows_of(core_table(Task)),
}


class _Count(Shape):
    count: int


class Answers:
    """The stored answers of one member."""

    def __init__(self, session: Session, member_id: str) -> None:
        """Take a session and the member whose answers they are."""
        self._session = session
        self._member_id = member_id

    async def by_key(self, operation: str, key: str) -> StoredAnswer | None:
        """Return the answer that was stored under a key in the last 24 hours.

        Raises NotFound where it tells of something that its member does not reach any more.
        """
        found = await self._session.first(
            StoredAnswer, _BY_KEY, member=self._member_id, operation=operation, key=key
        )
        if found is None:
            return None
        if found.created_at > self._session.now_us - KEPT_US:
            await self._refuse_lost(found.answer)
            return found
        await self.forget_expired()
        return None

    async def same(self, sameness: str, now_us: int) -> str | None:
        """Return the answer of an equal create of the last two minutes, if nothing changed since.

        Where what it made was changed or deleted since, the new call is meant.
        """
        found = await self._session.first(
            StoredAnswer, _SAME, member=self._member_id, sameness=sameness, since=now_us - SAME_US
        )
        if found is None:
            return None
        touched = await self._session.first(_Count, _TOUCHED_SINCE, unit=found.id)
        return found.answer if touched is not None and touched.count == 0 else None

    async def _refuse_lost(self, answer: str) -> None:
        if self._session.confinement is None:
            return
        texts = set(_texts(json.loads(answer)))
        for prefix, rows in _REACHED.items():
            told = sorted(text for text in texts if looks_like_id(text, prefix))
            found = await self._session.all(Shape, rows, keys=told) if told else ()
            if len(found) < len(told):
                raise NotFound(
                    "That was done under this key, on something that is not there for you any more."
                )

    async def forget_expired(self) -> None:
        """Delete the organisation's answers that are 24 hours old and older."""
        await self._session.change(_EXPIRED, before=self._session.now_us - KEPT_US)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in data, however deep."""
    if isinstance(value, str):
        yield value
    elif is_array(value) or is_object(value):
        for inner in value.values() if is_object(value) else value:
            yield from _texts(inner)
