"""Activity, as rows that know who did it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam

from hoursmith_mcp.schemas.filters import ActivityFilter
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import Activity, Member
from hoursmith_mcp.store.tenancy import scoped

_activity = core_table(Activity)
_member = core_table(Member)

BEGINNING = (2**63 - 1, "")
"""The instant and id that every line is behind."""

_SHOWN = tuple(column for column in _activity.c if column.name != "rows")


class LineRow(Shape):
    """A line of activity, with the name of who it was."""

    id: str
    unit_id: str
    at: int
    member_id: str
    member_name: str
    token_id: str | None
    door: str
    client: str | None
    run: str | None
    operation: str
    subject_id: str
    before: str | None
    after: str | None
    type: str | None
    undoes: str | None


def lines(*more: Any) -> AnySelect:
    """Begin a SELECT of lines with the names of who it was, and with more columns of theirs."""
    return select(*_SHOWN, *more, _member.c.name.label("member_name")).select_from(
        _activity.join(_member, _member.c.id == _activity.c.member_id)
    )


def newest_first(statement: AnySelect) -> AnySelect:
    """Put lines in their order; two of one instant are in that of their ids."""
    return statement.order_by(_activity.c.at.desc(), _activity.c.id.desc())


def behind(statement: AnySelect) -> AnySelect:
    """Begin behind the line of `:at` and `:id`."""
    at, line_id = _activity.c.at, _activity.c.id
    before = (at < bindparam("at")) | (line_id < bindparam("id"))
    return statement.where(at <= bindparam("at"), before)


class Activities:
    """The activity of one organisation, the latest first."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def page(
        self, wanted: ActivityFilter, *, after: tuple[int, str] | None, limit: int
    ) -> Sequence[LineRow]:
        """Return lines, the latest first, beginning after an (instant, id)."""
        at, line_id = after or BEGINNING
        statement = newest_first(behind(_narrowed(lines(), wanted))).limit(limit)
        return await self._session.all(LineRow, scoped(statement), at=at, id=line_id)


def _narrowed(statement: AnySelect, wanted: ActivityFilter) -> AnySelect:
    """Turn a filter into SQL; the only place where that is done."""
    same = {
        _activity.c.member_id: wanted.member_id,
        _activity.c.client: wanted.client,
        _activity.c.run: wanted.run,
        _activity.c.operation: wanted.operation,
        _activity.c.subject_id: wanted.subject_id,
    }
    for column, value in same.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.first_us is not None:
        statement = statement.where(_activity.c.at >= wanted.first_us)
    if wanted.before_us is not None:
        statement = statement.where(_activity.c.at < wanted.before_us)
    return statement
