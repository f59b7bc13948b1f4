"""Periods as people say them: "last month", "october", "Q3 2025", "since monday"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from hoursmith_mcp.core.calendar_words import (
    FIRST_YEAR,
    MONTH,
    MONTH_NUMBERS,
    WEEKDAY,
    existing_day,
    plain,
    require_year_in_reach,
)
from hoursmith_mcp.core.dates import find_day, in_figures_alone
from hoursmith_mcp.core.fiscal_years import fiscal_days
from hoursmith_mcp.core.period_phrases import in_known_words
from hoursmith_mcp.core.refusal import Refusal, quoted

BEGINNING = date(FIRST_YEAR, 1, 1)
"""The first day of a period that only has a last one."""

_DAY = timedelta(days=1)
_LENGTHS = {
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "quarter": relativedelta(months=3),
    "half": relativedelta(months=6),
    "year": relativedelta(years=1),
}


@dataclass(frozen=True)
class Period:
    """Days in a row, first and last included. Raises Refusal where the last is before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse a period that runs backwards."""
        if self.last < self.first:
            raise Refusal(
                f"{self.first} is after {self.last}; write the earlier day first, "
                f"like {self.last}..{self.first}."
            )

    def __contains__(self, day: date) -> bool:
        """Tell whether a day lies in the period."""
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        """How many days there are, one at least."""
        return (self.last - self.first).days + 1

    @property
    def is_open(self) -> bool:
        """Whether it only has a last day."""
        return self.first == BEGINNING


def parse_period(text: str, today: date, *, week_start: int = 0, fiscal_start: int = 1) -> Period:
    """Read a period; `week_start` is the weekday on which weeks begin, 0 (Monday) to 6 (Sunday).

    `fiscal_start` is the month in which fiscal years begin, of which "fiscal Q1" and "FY2026" tell.

    A month, quarter or half without a year is the last that has begun, and a day the last that has
    been.
    "last 7 days" end today; "last 2 weeks" are whole ones before this one, and so are months,
    quarters and years. "since october 10" ends today; "monday to friday" are the first such days.
    Case and surplus spaces do not matter. Raises Refusal for other forms, for days that do not
    exist, and for years outside 1900 to 2199.
    """
    phrase = in_known_words(plain(text))
    period = (
        _fiscal(phrase, today, fiscal_start)
        or _one(phrase, today, week_start)
        or _up_to_today(phrase, today, week_start)
        or _from_to(phrase, today, week_start)
    )
    if period is None:
        if in_figures_alone(phrase):
            raise Refusal(
                f"{quoted(text)} may mean more than one day; write year, month and day like "
                f"{today}."
            )
        raise Refusal(
            f"{quoted(text)} is not a period; write it like last month, october, 2026-10, Q3 2025 "
            "or 2026-10-01..2026-10-15."
        )
    return period


def describe_period(period: Period) -> str:
    """Return the shortest exact text, which `parse_period` reads back whatever today is.

    "2026", "2026-Q3", "2026-10", "2026-11-20", and two days joined by ".." for anything else.
    """
    first, year = period.first, f"{period.first.year:04}"
    if period == Period(first, first):
        return first.isoformat()
    for unit, text in (
        ("year", year),
        ("quarter", f"{year}-Q{_quarter(first)}"),
        ("month", f"{year}-{first.month:02}"),
    ):
        if period == _whole(unit, _start(unit, first)):
            return text
    return f"{first}..{period.last}"


def describe_days(period: Period) -> str:
    """Return a period as `describe_period` does; one that only has a last day as "until" that."""
    return f"until {period.last}" if period.is_open else describe_period(period)


def _start(unit: str, day: date, week_start: int = 0) -> date:
    """Return the first day of the week, month, quarter or year in which a day lies."""
    match unit:
        case "week":
            return day - timedelta(days=(day.weekday() - week_start) % 7)
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, 3 * _quarter(day) - 2, 1)
        case _:
            return date(day.year, 1, 1)


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _whole(unit: str, start: date) -> Period:
    return Period(start, start + _LENGTHS[unit] - _DAY)


def _one(phrase: str, today: date, week_start: int) -> Period | None:
    """Read one period or day; return None for what is neither."""
    bare = re.sub(_ARTICLE, "", phrase)
    for pattern, read in _FORMS:
        if match := re.fullmatch(pattern, bare):
            period = read(match, today, week_start)
            require_year_in_reach(period.first.year)
            return period
    day = find_day(phrase, today)
    return None if day is None else Period(day, day)


def _fiscal(phrase: str, today: date, fiscal_start: int) -> Period | None:
    bare = re.sub(_ARTICLE, "", phrase)
    so_far = re.fullmatch(_SO_FAR, bare)
    days = fiscal_days(so_far["begun"] if so_far else bare, today, fiscal_start)
    if days is None:
        return None
    first, last = days
    require_year_in_reach(first.year)
    return Period(first, min(last, today) if so_far else last)


def _up_to_today(phrase: str, today: date, week_start: int) -> Period | None:
    """Read "since monday" and "this month so far"."""
    match = re.fullmatch(_SINCE, phrase) or re.fullmatch(_SO_FAR, phrase)
    begun = _one(match["begun"], today, week_start) if match else None
    if begun is None:
        return None
    if begun.first > today:
        raise Refusal(f"{quoted(phrase)} is still to come; today is {today}.")
    return Period(begun.first, today)


def _from_to(phrase: str, today: date, week_start: int) -> Period | None:
    """Read "october 10 to october 20", "from monday to friday", "july to september"."""
    match = re.fullmatch(_FROM_TO, phrase) or re.fullmatch(_BETWEEN, phrase)
    first = _one(match["first"], today, week_start) if match else None
    last = _one(match["last"], today, week_start) if match else None
    if match is None or first is None or last is None:
        return None
    if re.fullmatch(_MONTH_ALONE, match["first"]) and re.search("[0-9]{4}$", match["last"]):
        # "july to september 2025": a month goes with the year that is said at the end.
        month = first.first.month
        first = _whole("month", date(last.last.year - (month > last.last.month), month, 1))
    if last.last < first.first and re.search(_WITHOUT_YEAR, match["last"]):
        # "october 20 to november 30", said before that: the 30th that comes after the 20th.
        day = find_day(match["last"], first.first, toward="future")
        # Nearly a year is what nobody means who says "october 20 to october 10".
        if day is not None and (day - first.first).days < _MOST_WITHOUT_YEAR:
            return Period(first.first, day)
    return Period(first.first, last.last)


def _this_or_last(match: re.Match[str], today: date, week_start: int) -> Period:
    unit = match["unit"]
    start = _start(unit, today, week_start)
    is_this = match["which"] in ("this", "current")
    return _whole(unit, start if is_this else start - _LENGTHS[unit])


def _last_days(match: re.Match[str], today: date, week_start: int) -> Period:
    return Period(today - timedelta(days=_count(match) - 1), today)


def _last_units(match: re.Match[str], today: date, week_start: int) -> Period:
    unit = match["unit"]
    stop = _start(unit, today, week_start)
    return Period(stop - _LENGTHS[unit] * _count(match), stop - _DAY)


def _count(match: re.Match[str]) -> int:
    count = int(match["count"])
    if count == 0:
        raise Refusal(
            f"{quoted(match[0])} is no time at all; write at least one, like last 7 days."
        )
    return count


def _named_month(match: re.Match[str], today: date, week_start: int) -> Period:
    month = MONTH_NUMBERS[match["month"]]
    return _whole("month", _begun(match["year"], month, today))


def _figured_month(match: re.Match[str], today: date, week_start: int) -> Period:
    return _whole("month", _day(match[0], f"{match[0]}-01"))


def _numbered_quarter(match: re.Match[str], today: date, week_start: int) -> Period:
    return _whole("quarter", _begun(match["year"], 3 * int(match["quarter"]) - 2, today))


def _numbered_half(match: re.Match[str], today: date, week_start: int) -> Period:
    return _whole("half", _begun(match["year"], 6 * int(match["half"]) - 5, today))


def _part_of_year(match: re.Match[str], today: date, week_start: int) -> Period:
    """Read "october last year" and "last year's Q3"."""
    year = today.year - (match["which"] not in ("this", "current"))
    part = _one(f"{match['part']} {year}", today, week_start)
    assert part is not None, "each part of a year may have one"
    return part


def _before_last(match: re.Match[str], today: date, week_start: int) -> Period:
    unit = match["unit"]
    return _whole(unit, _start(unit, today, week_start) - _LENGTHS[unit] * 2)


def _week_of(match: re.Match[str], today: date, week_start: int) -> Period:
    day = find_day(match["day"], today)
    if day is None:
        raise Refusal(f"{quoted(match['day'])} is not a day; write it like {today}.")
    return _whole("week", _start("week", day, week_start))


def _numbered_year(match: re.Match[str], today: date, week_start: int) -> Period:
    return _whole("year", _begun(match["year"], 1, today))


def _numbered_week(match: re.Match[str], today: date, week_start: int) -> Period:
    """Read a week of ISO 8601: from Monday to Sunday, wherever weeks begin."""
    year = int(match["year"])
    require_year_in_reach(year)
    try:
        first = date.fromisocalendar(year, int(match["week"]), 1)
    except ValueError:
        raise Refusal(
            f"{quoted(match[0].upper())} is no week of that year; weeks are 01 to 52 or 53."
        ) from None
    return _whole("week", first)


def _figured_day(match: re.Match[str], today: date, week_start: int) -> Period:
    day = _day(match[0], match[0])
    return Period(day, day)


def _begun(year: str | None, month: int, today: date) -> date:
    """Return the first of a month, without a year of the last such month that has begun."""
    if year is not None:
        require_year_in_reach(int(year))
        return date(int(year), month, 1)
    return date(today.year - (month > today.month), month, 1)


def _day(shown: str, iso: str) -> date:
    year, month, day = (int(part) for part in iso.split("-"))
    require_year_in_reach(year)
    found = existing_day(year, month, day)
    if found is None:
        raise Refusal(
            f"{quoted(shown)} is not in the calendar; write a month like 2026-10 or a day like "
            "2026-10-15."
        )
    return found


_ARTICLE = "^(?:in |during |for )?(?:the )?(?!day )"
_SINCE = "(?:since|from) (?P<begun>.+?)(?: on| onwards?)?"
_SO_FAR = "(?P<begun>.+) so far"
_FROM_TO = r"(?:from )?(?P<first>.+?)(?: ?\.\. ?| to | until | till | through | [-–] )(?P<last>.+)"
_BETWEEN = "between (?P<first>.+) and (?P<last>.+)"
_MOST_WITHOUT_YEAR = 330
_WITHOUT_YEAR = f"(?:{MONTH}|{WEEKDAY})(?!.*[0-9]{{4}})"
_MONTH_ALONE = f"(?:{MONTH})"
_YEAR = "(?P<year>[0-9]{4})"
_UNIT = "(?P<unit>week|month|quarter|year)"
_WHICH = "(?P<which>this|current|last|previous)"
_PART = f"(?P<part>q[1-4]|h[12]|{MONTH})"

_Reader = Callable[[re.Match[str], date, int], Period]
_FORMS: tuple[tuple[str, _Reader], ...] = (
    (f"{_WHICH} {_UNIT}", _this_or_last),
    ("(?:last|past) (?P<count>[0-9]{1,3}) days?", _last_days),
    (f"last (?P<count>[0-9]{{1,3}}) {_UNIT}s?", _last_units),
    (f"(?P<month>{MONTH})(?: {_YEAR})?", _named_month),
    ("[0-9]{4}-[0-9]{2}", _figured_month),
    (f"q(?P<quarter>[1-4])(?: {_YEAR})?", _numbered_quarter),
    (f"{_YEAR}-q(?P<quarter>[1-4])", _numbered_quarter),
    (f"{_YEAR}-?w(?P<week>[0-9]{{2}})", _numbered_week),
    (f"h(?P<half>[12])(?: {_YEAR})?", _numbered_half),
    (f"{_YEAR}-h(?P<half>[12])", _numbered_half),
    (f"{_PART} (?:of )?{_WHICH} year", _part_of_year),
    (f"{_WHICH} year's {_PART}", _part_of_year),
    (f"{_UNIT} before last", _before_last),
    ("week of (?P<day>.+)", _week_of),
    (f"(?:year )?{_YEAR}", _numbered_year),
    ("[0-9]{4}-[0-9]{2}-[0-9]{2}", _figured_day),
)
