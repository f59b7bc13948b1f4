"""Faults that reports might have one day, to be planted in the product: each must be found.

Each is as a hurried change would bring it: the rest of the report goes on as if nothing was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import ColumnElement, Select, literal, true
from sqlalchemy.sql import visitors

from hoursmith_mcp import call, reporting
from hoursmith_mcp.core.ageing import bucket
from hoursmith_mcp.core.bills import standard_bill
from hoursmith_mcp.core.erasure import FORMER_MEMBER
from hoursmith_mcp.core.instants import load_zone, local_day
from hoursmith_mcp.core.money import divide_half_away
from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.reports import measures, printing, tables
from hoursmith_mcp.core.reports import unbilled as unbilled_work
from hoursmith_mcp.core.reports.figures import Figure
from hoursmith_mcp.core.reports.working_time import gap_figures
from hoursmith_mcp.core.reports.worth import Invoiced, earned
from hoursmith_mcp.schemas.filters import TimeEntryFilter
from hoursmith_mcp.store.queries import (
    reported_limits,
    reported_money,
    reported_people,
    reported_projects,
    reported_time,
    reported_work,
    reports,
)
from hoursmith_mcp.store.queries.time_entries import narrowed
from hoursmith_mcp.store.tenancy import Scoped, scoped
from hoursmith_mcp.store.weeks import first_day_of_week

Plant = Callable[[pytest.MonkeyPatch], None]


def counting_what_was_deleted(patch: pytest.MonkeyPatch) -> None:
    """Add up time that was deleted."""
    _forget(patch, reported_time, "time_entry.deleted_at IS NULL")


def beginning_weeks_on_monday(patch: pytest.MonkeyPatch) -> None:
    """Begin weeks on Monday, whatever is set."""

    def from_monday(day: ColumnElement[str], _: int) -> Any:
        return first_day_of_week(day, 0)

    patch.setattr(reported_time, "first_day_of_week", from_monday)


def finding_parts_of_tags(patch: pytest.MonkeyPatch) -> None:
    """Take a tag for every other one that it is a part of."""

    def loosely(statement: Any, wanted: TimeEntryFilter) -> Any:
        if wanted.tag is None:
            return narrowed(statement, wanted)
        tags = reported_time._COLUMNS["tagged"]  # pyright: ignore[reportPrivateUsage]
        return narrowed(statement.where(tags.icontains(wanted.tag)), replace(wanted, tag=None))

    patch.setattr(reported_time, "narrowed", loosely)


def counting_what_was_cancelled(patch: pytest.MonkeyPatch) -> None:
    """Tell as revenue what was issued and cancelled."""
    _forget(patch, reported_money, "invoice.status != :status_1")


def counting_what_was_voided(patch: pytest.MonkeyPatch) -> None:
    """Tell as received what was recorded by mistake."""
    _forget(patch, reported_money, "payment.voided_at IS NULL")


def forgetting_refunds(patch: pytest.MonkeyPatch) -> None:
    """Leave out of balances what was given back."""
    _turn(patch, reported_money, "invoice.refunded", literal(0))


def ending_ages_a_day_early(patch: pytest.MonkeyPatch) -> None:
    """Put what is due for thirty days among what is due for longer."""
    ends = {"today": 0, "ago_30": 29, "ago_60": 60, "ago_90": 90}
    patch.setattr(reported_money, "_AGE_ENDS", ends)


def asking_the_clock_of_greenwich(patch: pytest.MonkeyPatch) -> None:
    """Tell ages on another day than that of the organisation."""

    def greenwich(now_us: int, _: ZoneInfo) -> date:
        return local_day(now_us, load_zone("UTC"))

    patch.setattr(call, "local_day", greenwich)


def ageing_work_a_day_late(patch: pytest.MonkeyPatch) -> None:
    """Count the days since the day after the work."""

    def late(day: date, today: date) -> Any:
        return bucket(day, today - timedelta(days=1))

    patch.setattr(unbilled_work, "bucket", late)


def forgetting_the_timer(patch: pytest.MonkeyPatch) -> None:
    """Leave out what runs."""

    async def nothing(*_: Any) -> list[Figure]:
        return []

    patch.setattr(reported_work, "_running", nothing)


def billing_each_entry_alone(patch: pytest.MonkeyPatch) -> None:
    """Give all of a line to its first entry."""

    def greedy(work: Any) -> Any:
        bill = standard_bill(work)
        if bill is None:
            return None
        lines = [
            replace(line, parts=_first_takes_all(line.parts)) if line.parts else line
            for line in bill.lines
        ]
        return replace(bill, lines=tuple(lines))

    patch.setattr(unbilled_work, "standard_bill", greedy)


def earning_what_was_let_off(patch: pytest.MonkeyPatch) -> None:
    """Tell revenue before the discount."""

    def undiscounted(invoiced: Iterable[Invoiced]) -> Any:
        return earned(replace(one, discount=0) for one in invoiced)

    patch.setattr(reported_projects, "earned", undiscounted)


def using_fees_of_the_period_alone(patch: pytest.MonkeyPatch) -> None:
    """Forget what was spent of fees and budgets in the year before."""

    def lately(*, last_day: str) -> TimeEntryFilter:
        first_day = date.fromisoformat(last_day).replace(month=1, day=1).isoformat()
        return TimeEntryFilter(first_day=first_day, last_day=last_day)

    patch.setattr(reported_limits, "TimeEntryFilter", lately)


def dividing_the_revenue_of_all_years_by_hours_of_the_period(patch: pytest.MonkeyPatch) -> None:
    """Hold what was invoiced so far against the hours of the period alone."""
    rate = replace(measures.MEASURES["effective_rate"], of=("revenue_so_far", "hours"))
    patch.setitem(measures.MEASURES, "effective_rate", rate)


def forgetting_what_was_invoiced_before(patch: pytest.MonkeyPatch) -> None:
    """Tell as revenue so far what was invoiced lately."""

    def lately(first: date, last: date) -> Period:
        return Period(max(first, last - timedelta(days=60)), last)

    patch.setattr(reported_projects, "Period", lately)


def expecting_work_from_everybody_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Expect time of who has left."""
    person = reported_people._person  # pyright: ignore[reportPrivateUsage]

    def staying(*given: Any) -> Any:
        return replace(person(*given), left=None)

    patch.setattr(reported_people, "_person", staying)


def forgetting_who_was_erased(patch: pytest.MonkeyPatch) -> None:
    """Tell of nobody whose name is gone, nor of what they worked."""
    people = reported_people.people

    async def named(*given: Any) -> Any:
        return [one for one in await people(*given) if one.name != FORMER_MEMBER]

    patch.setattr(reports, "people", named)


def expecting_work_since_joining(patch: pytest.MonkeyPatch) -> None:
    """Expect nothing of who logged time of days before they joined."""

    def joined(row: Any, zone: Any) -> date:
        return local_day(row.joined_at, zone)

    patch.setattr(reported_people, "_since", joined)


def missing_what_today_has_yet_to_bring(patch: pytest.MonkeyPatch) -> None:
    """Tell of today as if it was over."""

    def early(people: Any, work: Any, period: Period, today: date, week_start: int) -> Any:
        return gap_figures(people, work, period, today + timedelta(days=1), week_start)

    patch.setattr(reports, "gap_figures", early)


def rounding_hours_one_by_one(patch: pytest.MonkeyPatch) -> None:
    """Round each printed hour by itself, so that they sum to something else."""

    def alone(_: int, seconds: Sequence[int]) -> list[int]:
        return [divide_half_away(one * 10_000, 3_600) for one in seconds]

    patch.setattr(printing, "share", alone)


def summing_currencies(patch: pytest.MonkeyPatch) -> None:
    """Add up euros and yen."""
    tabulate = tables.tabulate

    def mixed(figures: Iterable[Figure], *given: Any, **more: Any) -> Any:
        return tabulate([_in_euros(one) for one in figures], *given, **more)

    patch.setattr(reports, "tabulate", mixed)


def comparing_with_as_many_days(patch: pytest.MonkeyPatch) -> None:
    """Compare a month with the thirty days before it."""

    def before(period: Period) -> Period:
        last = period.first - timedelta(days=1)
        return Period(last - timedelta(days=period.days - 1), last)

    patch.setattr(reporting, "period_before", before)


FAULTS: Sequence[Plant] = (
    counting_what_was_deleted,
    beginning_weeks_on_monday,
    finding_parts_of_tags,
    counting_what_was_cancelled,
    counting_what_was_voided,
    forgetting_refunds,
    ending_ages_a_day_early,
    asking_the_clock_of_greenwich,
    ageing_work_a_day_late,
    forgetting_the_timer,
    billing_each_entry_alone,
    earning_what_was_let_off,
    using_fees_of_the_period_alone,
    dividing_the_revenue_of_all_years_by_hours_of_the_period,
    forgetting_what_was_invoiced_before,
    expecting_work_from_everybody_for_ever,
    forgetting_who_was_erased,
    expecting_work_since_joining,
    missing_what_today_has_yet_to_bring,
    rounding_hours_one_by_one,
    summing_currencies,
    comparing_with_as_many_days,
)


def _forget(patch: pytest.MonkeyPatch, module: ModuleType, condition: str) -> None:
    _turn(patch, module, condition, true())


def _turn(patch: pytest.MonkeyPatch, module: ModuleType, part: str, into: Any) -> None:
    """Let a module's statements have something else in the place of a part of them."""
    traverse: Any = visitors.replacement_traverse

    def replaced(element: Any, **_: Any) -> Any:
        return into if not isinstance(element, Select) and str(element) == part else None

    def turned(statement: Any) -> Scoped:
        return scoped(traverse(statement, {}, replaced))

    patch.setattr(module, "scoped", turned)


def _first_takes_all(parts: Sequence[Any]) -> tuple[Any, ...]:
    whole = sum(part.amount_minor for part in parts)
    amounts = [whole, *(0 for _ in parts[1:])]
    return tuple(
        replace(part, amount_minor=amount) for part, amount in zip(parts, amounts, strict=True)
    )


def _in_euros(figure: Figure) -> Figure:
    return replace(figure, currency="EUR") if figure.currency is not None else figure
