"""Names, numbers, weeks and periods that complete what somebody is typing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from dateutil.relativedelta import relativedelta
from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call
from hoursmith_mcp.core.weeks import DAYS_IN_WEEK, week_name
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.organization import Names

if TYPE_CHECKING:
    from datetime import date

MOST_NAMES = 100
WEEKS = 12
MONTHS = 12

SEEN_WITH: dict[str, tuple[Scope, Role]] = {
    "client": (Scope.CLIENTS_READ, Role.MEMBER),
    "project": (Scope.PROJECTS_READ, Role.MEMBER),
    "task": (Scope.PROJECTS_READ, Role.MEMBER),
    "invoice": (Scope.INVOICES_READ, Role.MANAGER),
}
"""Who is offered names of a kind: those who may read such things."""


@operation(
    toolset="clients",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    completes=True,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def complete_name(
    call: Call,
    kind: Annotated[
        Literal["client", "project", "task", "member", "invoice", "week", "period"],
        Field(description="Kind of thing."),
    ],
    typed: Annotated[str, Field(max_length=300, description="What was typed so far.")] = "",
) -> Names:
    """Complete the name of a thing."""
    if kind in SEEN_WITH and not call.may(*SEEN_WITH[kind]):
        return Names(names=[], total=0)
    if kind == "invoice":
        numbers = await call.store.invoices.numbers(typed.strip(), most=MOST_NAMES)
        return Names(names=numbers.shown, total=numbers.total)
    if kind in ("week", "period"):
        offered = _weeks(call.today) if kind == "week" else _periods(call.today)
        names = [name for name in offered if typed.strip().casefold() in name.casefold()]
    else:
        hits = await call.store.names.search(typed, kinds=[kind], archived=False)
        names = list(dict.fromkeys(hit.name for hit in hits))
    return Names(names=names[:MOST_NAMES], total=len(names))


def _weeks(today: date) -> list[str]:
    past = [week_name(today - timedelta(days=DAYS_IN_WEEK * number)) for number in range(WEEKS)]
    return ["this week", "last week", *past]


def _periods(today: date) -> list[str]:
    first = today.replace(day=1)
    months = [f"{first - relativedelta(months=number):%Y-%m}" for number in range(MONTHS)]
    spoken = ["this month", "last month", "this week", "last week", "this quarter", "last quarter"]
    return [*spoken, "this year", "last year", *months]
