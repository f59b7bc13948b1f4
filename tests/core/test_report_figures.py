"""What goes into reports, before it is grouped: worth, working time, open work."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import Fee, OpenWork, Unpriced
from hoursmith_mcp.core.periods import Period
from hoursmith_mcp.core.rates import RateBook, RateLevel, RateRecord
from hoursmith_mcp.core.reports.figures import MOST_ROWS, MOST_ROWS_OF_TIME, Asked, keys_of_day
from hoursmith_mcp.core.reports.kinds import KINDS, Grouping
from hoursmith_mcp.core.reports.unbilled import unbilled_figures
from hoursmith_mcp.core.reports.working_time import (
    Logged,
    Person,
    gap_figures,
    utilisation_figures,
)
from hoursmith_mcp.core.reports.worth import Worked, worth_by_project
from hoursmith_mcp.core.rounding import RoundingPolicy

MONDAY = date(2026, 11, 16)
FRIDAY = date(2026, 11, 20)
WEEK = Period(MONDAY, date(2026, 11, 22))
HOUR = 3_600
EUROS = 10_000

RATES = RateBook(
    [
        RateRecord("1", RateLevel.ORGANIZATION, 10 * EUROS, "EUR", None),
        RateRecord("2", RateLevel.CLIENT, 20 * EUROS, "EUR", None, client_id="cl_2"),
        RateRecord("3", RateLevel.MEMBER, 30 * EUROS, "EUR", None, member_id="m_2"),
        RateRecord("4", RateLevel.TASK, 40 * EUROS, "EUR", None, task_id="t_2"),
        RateRecord("5", RateLevel.ORGANIZATION, 50 * EUROS, "EUR", FRIDAY),
    ]
)


def worked(
    *,
    client: str = "cl_1",
    member: str = "m_1",
    task: str | None = None,
    day: date = MONDAY,
    seconds: int = HOUR,
    currency: str | None = "EUR",
) -> Worked:
    return Worked("p", client, task, member, day, seconds, currency)


@pytest.mark.parametrize(
    ("work", "cents"),
    [
        (worked(), 10_00),
        (worked(client="cl_2"), 20_00),
        (worked(client="cl_2", member="m_2"), 30_00),
        (worked(client="cl_2", member="m_2", task="t_2"), 40_00),
        (worked(day=FRIDAY), 50_00),
        (worked(currency="CHF", seconds=1_000 * HOUR), 0),
    ],
)
def test_an_hour_is_worth_what_its_own_rate_says(work: Worked, cents: int) -> None:
    assert worth_by_project([work], RATES) == {"p": cents}


def test_worth_is_rounded_once_and_nothing_is_worth_what_has_no_currency() -> None:
    assert worth_by_project([worked(seconds=1)] * 9, RATES) == {"p": 3}
    assert worth_by_project([worked(currency=None)], RATES) == {}


def person(*, since: date | None = MONDAY, left: date | None = None) -> Person:
    pattern = [8 * HOUR] * 4 + [4 * HOUR, 0, 0]
    return Person("m", "Mia", pattern, since, left)


def expected(who: Person, work: dict[date, Logged], today: date) -> dict[int, tuple[int, int]]:
    """Return what was worked and expected, in hours, by the days of the month."""
    return {
        int(one.keys["day"].label[-2:]): (
            one.values["hours"] // HOUR,
            one.values["expected_hours"] // HOUR,
        )
        for one in utilisation_figures([who], {"m": work}, WEEK, today, 0)
    }


def test_hours_are_expected_while_somebody_is_there_and_up_to_today() -> None:
    assert expected(person(), {}, FRIDAY) == {16: (0, 8), 17: (0, 8), 18: (0, 8), 19: (0, 8)} | {
        20: (0, 4)
    }
    tuesday, thursday = date(2026, 11, 17), date(2026, 11, 19)
    assert [*expected(person(since=tuesday, left=thursday), {}, FRIDAY)] == [17, 18, 19]
    assert expected(person(since=None), {}, FRIDAY) == {}
    assert [*expected(person(), {}, MONDAY)] == [16]


def test_what_was_worked_counts_whatever_was_expected() -> None:
    work = {day: Logged(2 * HOUR, 0) for day in (MONDAY, date(2026, 11, 21))}
    assert expected(person(since=None), work, FRIDAY) == {16: (2, 0), 21: (2, 0)}
    assert expected(person(since=FRIDAY), work, FRIDAY) == {16: (2, 0), 20: (0, 4), 21: (2, 0)}


def test_what_lies_outside_the_period_is_not_told() -> None:
    before, after = MONDAY - timedelta(days=1), WEEK.last + timedelta(days=1)
    work = {day: Logged(2 * HOUR, 0) for day in (before, after)}
    who = person(since=before)
    assert min(expected(who, work, after)) == 16
    assert max(expected(who, work, after)) == 20


def test_a_gap_is_a_day_before_today_with_less_than_expected() -> None:
    work = {"m": {MONDAY: Logged(8 * HOUR, 0), date(2026, 11, 17): Logged(8 * HOUR - 1, 0)}}
    days = [
        one.keys["day"].label[-2:]
        for one in gap_figures([person()], work, WEEK, date(2026, 11, 19), 0)
    ]
    assert days == ["17", "18"]


@pytest.mark.parametrize(
    ("week_start", "first"), [(0, "2026-11-16"), (4, "2026-11-20"), (6, "2026-11-15")]
)
def test_a_day_is_of_the_week_that_begins_where_weeks_do(week_start: int, first: str) -> None:
    keys = keys_of_day(FRIDAY, week_start)
    assert [keys[one].label for one in ("day", "week", "month")] == ["2026-11-20", first, "2026-11"]


@pytest.mark.parametrize(
    ("groupings", "limit", "most"),
    [
        (("day",), None, MOST_ROWS_OF_TIME),
        (("day", "member"), None, MOST_ROWS),
        (("project",), None, MOST_ROWS),
        (("day",), 5, 5),
    ],
)
def test_every_day_of_a_year_is_listed_where_there_is_nothing_but_days(
    groupings: tuple[Grouping, ...], limit: int | None, most: int
) -> None:
    assert Asked(KINDS["time"], groupings, None, FRIDAY, limit=limit).most == most
    assert (MOST_ROWS, MOST_ROWS_OF_TIME) == (100, 366)


def test_open_work_is_told_by_its_age_its_fees_and_what_has_no_rate() -> None:
    without = Unpriced("1", "p", "App", "t", "Build", "m", "Mia", MONDAY, HOUR, "")
    known: dict[str, Any] = {**vars(without), "id": "2", "task_id": None, "task": None}
    time = BillableTime(
        **known,
        rate=90 * EUROS,
        rate_id="r",
        tax_rate=0,
        tax_category="Z",
        policy=RoundingPolicy(0, "nearest", "entry"),
    )
    fee = Fee("f", "Logo", 500_00)
    work = OpenWork("cl", "Acme", "EUR", 0, (time,), (without,), (fee,))
    of_time, of_fee, unpriced = unbilled_figures([work], FRIDAY)
    assert {name: value for name, value in of_time.values.items() if value} == {
        "hours": HOUR,
        "amount": 90_00,
        "days_1_to_30": 90_00,
    }
    assert {name: value for name, value in of_fee.values.items() if value} == {
        "amount": 500_00,
        "fees": 500_00,
    }
    assert unpriced.values == {"hours": HOUR, "hours_without_rate": HOUR}
    assert [one.currency for one in (of_time, of_fee, unpriced)] == ["EUR"] * 3
    assert "task" not in of_time.keys
    assert unpriced.keys["task"].label == "Build"
    assert unpriced.keys["month"].label == "2026-11"
    assert {*of_fee.keys} == {"client", "project"}
