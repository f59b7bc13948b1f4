"""Fiscal years: "this fiscal year", "FY2027", "fiscal Q1", from the month in which they begin.

A fiscal year is called by the calendar year in which it ends; one that begins in January is that
year. Words without "fiscal" mean the calendar, so that nobody's "Q3" changes with a setting.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from hoursmith_mcp.core.calendar_words import require_year_in_reach

_RELATIVE = re.compile("(?P<which>this|current|last|previous) fiscal (?P<unit>quarter|year)")
_YEAR = re.compile("(?:fy|fiscal year) ?(?P<year>[0-9]{4})(?:[- ]q(?P<quarter>[1-4]))?")
_QUARTER = re.compile("fiscal q(?P<quarter>[1-4])(?: (?P<year>[0-9]{4}))?")
_MONTHS = {"quarter": 3, "year": 12}


def fiscal_days(phrase: str, today: date, first_month: int) -> tuple[date, date] | None:
    """Return the first and last day of a fiscal period; None for what is none.

    `first_month` is 1 (January) to 12. A quarter without a year is the last that has begun.
    """
    if match := _RELATIVE.fullmatch(phrase):
        months = _MONTHS[match["unit"]]
        begun = _begin_of_year(today, first_month)
        since = (today.year - begun.year) * 12 + today.month - begun.month
        begun += relativedelta(months=since - since % months)
        if match["which"] in ("last", "previous"):
            begun -= relativedelta(months=months)
        return _whole(begun, months)
    match = _YEAR.fullmatch(phrase) or _QUARTER.fullmatch(phrase)
    if match is None:
        return None
    quarter = match["quarter"]
    if match["year"] is not None:
        require_year_in_reach(int(match["year"]))
        year = date(int(match["year"]) - (first_month > 1), first_month, 1)
    else:
        year = _begin_of_year(today, first_month)
    if quarter is None:
        return _whole(year, _MONTHS["year"])
    begun = year + relativedelta(months=3 * (int(quarter) - 1))
    if match["year"] is None and begun > today:
        begun -= relativedelta(years=1)
    return _whole(begun, _MONTHS["quarter"])


def _begin_of_year(today: date, first_month: int) -> date:
    return date(today.year - (today.month < first_month), first_month, 1)


def _whole(begun: date, months: int) -> tuple[date, date]:
    return begun, begun + relativedelta(months=months) - timedelta(days=1)
