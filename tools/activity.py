"""Who changed what, to be read and searched."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.access.telling import may_be_shown
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.instants import day_begins_us
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.errors import InvalidInput, NotFound
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Page
from hoursmith_mcp.schemas.activity import ActivityPage, activity_out
from hoursmith_mcp.schemas.arguments import Cursor, Limit, Line, MemberRef, PeriodText
from hoursmith_mcp.schemas.events import EVERY_KIND
from hoursmith_mcp.schemas.filters import ActivityFilter
from hoursmith_mcp.schemas.paging import read_cursor, write_cursor

MOST_NAMED = 8


@operation(
    toolset="admin",
    scope=Scope.ACTIVITY_READ,
    least=Role.MEMBER,
    rest="GET /activity",
    rest_defaults={"limit": 50},
    resource="hoursmith://activity",
    page=Page("Activity", touched_by=EVERY_KIND, importance=40),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_activity(
    call: Call,
    about: Annotated[Line, Field(description="What was changed, by name, number or id.")]
    | None = None,
    member: Annotated[MemberRef, Field(description="Who changed it.")] | None = None,
    program: Annotated[Line, Field(description="The client that it came through, as it says.")]
    | None = None,
    run: Annotated[Line, Field(description="Run, as the client named it.")] | None = None,
    tool: Annotated[Line, Field(description="Tool, as log_time.")] | None = None,
    period: PeriodText | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 20,
) -> ActivityPage:
    """List who changed what and when, the latest first, each with its id for undo."""
    days = call.period(period, "period") if period is not None else None
    who = (await call.store.members.find(member)).id if member else call.only_of
    if call.only_of not in (None, who):
        return ActivityPage(activity=[], more=False)
    wanted = ActivityFilter(
        member_id=who,
        client=program or None,
        run=run or None,
        operation=tool or None,
        subject_id=await _subject(call, about) if about else None,
        first_us=day_begins_us(days.first, call.actor.zone) if days else None,
        before_us=day_begins_us(days.last + timedelta(1), call.actor.zone) if days else None,
    )
    after = read_cursor(cursor, wanted) if cursor is not None else None
    place = (_instant(after[0]), after[1]) if after is not None else None
    rows = await call.store.activity.page(wanted, after=place, limit=limit + 1)
    shown = rows[:limit]
    gone = await call.store.undo.taken_back([row.unit_id for row in shown])
    reached = await call.store.activity.reached(shown, call.actor.member_id)
    last = (str(shown[-1].at), shown[-1].id) if len(rows) > limit else None
    return ActivityPage(
        activity=[
            activity_out(
                row,
                reached=row.id in reached and may_be_shown(row, call.actor),
                undone_by=gone.get(row.unit_id),
            )
            for row in shown
        ],
        more=last is not None,
        next_cursor=write_cursor(last, wanted) if last else None,
    )


async def _subject(call: Call, text: str) -> str:
    """Return the id that a text is or means; what was changed may be deleted by now."""
    word = text.strip().lower()
    if looks_like_id(word, word.partition("_")[0]):
        return word
    found = await call.store.names.search(text, kinds=None, archived=True)
    hits = [hit for hit in found if fold(hit.name) == fold(text)] or found
    if len(hits) == 1:
        return hits[0].id
    if hits:
        names = ", ".join(f"{hit.name} ({hit.kind})" for hit in hits[:MOST_NAMED])
        raise InvalidInput(
            f"about: that fits several things: {names}. Use the id of the one that is meant.",
            candidates=[{"id": hit.id, "name": hit.name} for hit in hits[:MOST_NAMED]],
        )
    if call.may(Scope.INVOICES_READ, Role.MANAGER):
        return (await call.store.invoices.find(text)).id
    raise NotFound("about: there is nothing of that name. find() has the names.")


def _instant(text: str) -> int:
    """Read the instant of a cursor, which only a tampered one does not hold."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInput("cursor: that is no cursor of this list.", fields={"cursor": text})
    return int(text)
