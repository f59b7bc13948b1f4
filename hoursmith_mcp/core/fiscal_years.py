"""Fiscal years: "this fiscal year", "FY2027", "fiscal Q1", from the month in which they begin.

A fiscal year is called by the calendar year in which it ends, or by both that it is of
("FY2026/27"); one that begins in January is that year. Words without "fiscal" mean the calendar, so
that nobody's "Q3" changes with a setting.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from hoursmith_mcp.core.calendar_words import require_year_in_reach
from hoursmith_mcp.core.refusal import Refusal, quoted

_RELATIVE = re.compile("(?P<which>this|current|last|previous) fiscal (?P<unit>quarter|year)")
_NAMED = "(?:fy|fiscal year|fiscal) ?"
_YEAR = re.compile(f"{_NAMED}(?P<year>[0-9]{{4}}|[0-9]{{2}})(?:[- ]q(?P<quarter>[1-4]))?")
_YEARS = re.compile(f"{_NAMED}(?P<first>[0-9]{{4}}|[0-9]{{2}})[/-](?P<year>[0-9]{{4}}|[0-9]{{2}})")
_CENTURY = 2000
_QUARTER = re.compile("fiscal q(?P<quarter>[1-4])(?: (?P<year>[0-9]{4}))?")
_MONTHS = {"quarter": 3, "year": 12}


def fiscal_days(phrase: str, today: date, first_month: int) -> tuple[date, date] | None:
    """Return the first and last day of a fiscal period; None for what is none.

    `first_month` is 1 (January) to 12. A quarter without a year is the last that has begun. Raises
    Refusal for two years ("FY2025/26") that no fiscal year is of.
    """
    if match := _RELATIVE.fullmatch(phrase):
        months = _MONTHS[match["unit"]]
        begun = _begin_of_year(today, first_month)
        since = (today.year - begun.year) * 12 + today.month - begun.month
        begun += relativedelta(months=since - since % months)
        if match["which"] in ("last", "previous"):
            begun -= relativedelta(months=months)
        return _whole(begun, months)
    if match := _YEARS.fullmatch(phrase):
        return _whole(_begin_of_years(match, first_month), _MONTHS["year"])
    match = _YEAR.fullmatch(phrase) or _QUARTER.fullmatch(phrase)
    if match is None:
        return None
    quarter = match["quarter"]
    if match["year"] is not None:
        year = date(_year(match["year"]) - (first_month > 1), first_month, 1)
    else:
        year = _begin_of_year(today, first_month)
    if quarter is None:
        return _whole(year, _MONTHS["year"])
    begun = year + relativedelta(months=3 * (int(quarter) - 1))
    if match["year"] is None and begun > today:
        begun -= relativedelta(years=1)
    return _whole(begun, _MONTHS["quarter"])


def _begin_of_years(match: re.Match[str], first_month: int) -> date:
    first, last = _year(match["first"]), _year(match["year"])
    if first_month == 1 or last != first + 1:
        begun = date(first, first_month, 1)
        raise Refusal(
            f"{quoted(match[0].upper())} is no fiscal year: they begin in {begun:%B}; write one "
            f"like FY{begun.year + (first_month > 1)}, or its days, like "
            "{}..{}.".format(*_whole(begun, _MONTHS["year"]))
        )
    return date(first, first_month, 1)


def _year(text: str) -> int:
    """Return a year that is in reach; one in two figures is of this century."""
    year = int(text) if len(text) == 4 else _CENTURY + int(text)
    require_year_in_reach(year)
    return year


def _begin_of_year(today: date, first_month: int) -> date:
    return date(today.year - (today.month < first_month), first_month, 1)


def _whole(begun: date, months: int) -> tuple[date, date]:
    return begun, begun + relativedelta(months=months) - timedelta(days=1)
