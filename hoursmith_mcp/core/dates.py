"""Days as people say them: "2026-11-20", "yesterday", "last friday", "3 days ago", "12 nov".

Work lies behind us and payment ahead, so the same words look back or forward: `toward` says which.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

from hoursmith_mcp.core.calendar_words import (
    MONTH,
    MONTH_NUMBERS,
    WEEKDAY,
    WEEKDAY_NUMBERS,
    WEEKDAYS,
    existing_day,
    plain,
    require_year_in_reach,
)
from hoursmith_mcp.core.refusal import Refusal, quoted

Toward = Literal["past", "future"]

FAR_OFF_DAYS = 90
"""A day that is farther off than this is one that few mean."""

_COUNT = "(?P<count>[0-9]{1,4}) (?P<unit>day|week)s?"
_NUMBER = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>[0-9]{4}))?"
# "Friday 2026-11-20" is how we print days: a weekday may stand before a date, and must be right.
_BEFORE = rf"(?:(?P<weekday>{WEEKDAY}),? )?"

_ISO = rf"{_BEFORE}(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})"
_DAY_MONTH = rf"{_BEFORE}{_NUMBER}(?: of)? (?P<month>{MONTH}){_YEAR}"
_MONTH_DAY = rf"{_BEFORE}(?P<month>{MONTH}) {_NUMBER}{_YEAR}"
_WEEKDAY = rf"(?:(?P<which>last|next) )?(?P<weekday>{WEEKDAY})"
_AGO = rf"{_COUNT} ago"
_IN = rf"in {_COUNT}"
_OF_DAY = "(?<!this)(?<!last) (?:morning|afternoon|evening|night)"
_ON = f"(?:on )?(?P<day>.*?)(?:{_OF_DAY})?"
_WORDS = {
    "today": 0,
    "now": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "tonight": 0,
    "yesterday": -1,
    "last night": -1,
    "the day before yesterday": -2,
    "day before yesterday": -2,
    "tomorrow": 1,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
}
_DAY_OR_MONTH = r"(?P<one>[0-9]{1,2})[./-](?P<other>[0-9]{1,2})[./-](?P<year>[0-9]{4})"
_NUMERIC = r"[0-9]{1,4}(?:[./-] ?[0-9]{1,4}){1,2}[./-]?"


def parse_day(text: str, today: date, *, toward: Toward = "past") -> date:
    """Read a day; words look back from today, or forward where `toward` is "future".

    Looking back, a day after today is refused. Looking forward, a day before today is taken only
    as YYYY-MM-DD. Case and surplus spaces do not matter. Raises Refusal also for days that do not
    exist, for a weekday that is not the date's, for years outside 1900 to 2199, and for dates in
    figures that people read in two ways: 12.11.2026, but not 19.11.2026.
    """
    day = find_day(text, today, toward=toward)
    if day is None:
        raise Refusal(_unreadable(text, today, toward))
    return day


def find_day(text: str, today: date, *, toward: Toward = "past") -> date | None:
    """Read a day as `parse_day` does; return None for what has none of the forms of a day."""
    phrase = _bare(plain(text))
    day = _written_day(phrase, today)
    if day is None:
        day = _spoken_day(phrase, today, toward)
        if day is None:
            return None
        if toward == "future" and day < today:
            raise Refusal(
                f"{quoted(text)} is {describe_day(day)}, which is before today; write {day} where "
                "you mean that day."
            )
    if toward == "past" and day > today:
        raise Refusal(
            f"{describe_day(day)} is after today; write today's {today} or a day before it."
        )
    return day


def in_figures_alone(phrase: str) -> bool:
    """Say whether a phrase is in figures, as a day is that people read in two ways."""
    return re.fullmatch(_NUMERIC, phrase) is not None


def weekday_name(day: date) -> str:
    """Return the day's weekday in English ("Monday")."""
    return WEEKDAYS[day.weekday()]


def describe_day(day: date) -> str:
    """Return the day with its weekday ("Friday 2026-11-20"), which `parse_day` reads back."""
    return f"{weekday_name(day)} {day.isoformat()}"


def far_off(day: date, today: date) -> list[str]:
    """Say of a day that is far off that another year may be meant; nothing of one that is near."""
    days = (day - today).days
    if abs(days) <= FAR_OFF_DAYS:
        return []
    return [f"{describe_day(day)} is {'far ahead' if days > 0 else 'long ago'}; check the year."]


def _bare(phrase: str) -> str:
    """Return a phrase without "on" before and a part of the day behind: "on monday morning"."""
    match = re.fullmatch(_ON, phrase)
    return match["day"] if match else phrase


def _written_day(phrase: str, today: date) -> date | None:
    """Read what means one day whatever today is: YYYY-MM-DD, and 19.11.2026."""
    match = re.fullmatch(_ISO, phrase)
    if match is None:
        return _only_reading(phrase)
    require_year_in_reach(int(match["year"]))
    day = existing_day(int(match["year"]), int(match["month"]), int(match["day"]))
    if day is None:
        raise Refusal(f"{quoted(phrase)} is not in the calendar; write a day like {today}.")
    return _of_its_weekday(day, match)


def _only_reading(phrase: str) -> date | None:
    """Read a day and a month in figures, in whichever order is the only one in the calendar."""
    match = re.fullmatch(_DAY_OR_MONTH, phrase)
    if match is None:
        return None
    one, other, year = int(match["one"]), int(match["other"]), int(match["year"])
    require_year_in_reach(year)
    found = {existing_day(year, other, one), existing_day(year, one, other)} - {None}
    return found.pop() if len(found) == 1 else None


def _spoken_day(phrase: str, today: date, toward: Toward) -> date | None:
    readers: tuple[Callable[[str, date, Toward], date | None], ...] = (
        _word,
        _weekday,
        _distance,
        _day_and_month,
    )
    for read in readers:
        if (day := read(phrase, today, toward)) is not None:
            require_year_in_reach(day.year)
            return day
    return None


def _word(phrase: str, today: date, toward: Toward) -> date | None:
    if phrase in ("end of month", "end of the month", "end of this month"):
        return today + relativedelta(day=31)
    return today + timedelta(days=_WORDS[phrase]) if phrase in _WORDS else None


def _weekday(phrase: str, today: date, toward: Toward) -> date | None:
    """Read "monday", "last monday" and "next monday"; with either word, today is not meant."""
    match = re.fullmatch(_WEEKDAY, phrase)
    if match is None:
        return None
    distance = WEEKDAY_NUMBERS[match["weekday"]] - today.weekday()
    which = match["which"] or {"past": "latest", "future": "next"}[toward]
    if which == "next":
        return today + timedelta(days=distance % 7 or 7)
    back = -distance % 7
    return today - timedelta(days=back or 7 if which == "last" else back)


def _distance(phrase: str, today: date, toward: Toward) -> date | None:
    """Read "3 days ago" and "in 2 weeks"."""
    match = re.fullmatch(_AGO, phrase)
    sign = -1 if match else 1
    match = match or re.fullmatch(_IN, phrase)
    if match is None:
        return None
    days = int(match["count"]) * (7 if match["unit"] == "week" else 1)
    return today + timedelta(days=sign * days)


def _day_and_month(phrase: str, today: date, toward: Toward) -> date | None:
    """Read "12 nov" and "november 12th 2025"; without a year, the nearest that `toward` means."""
    match = re.fullmatch(_DAY_MONTH, phrase) or re.fullmatch(_MONTH_DAY, phrase)
    if match is None:
        return None
    month, number = MONTH_NUMBERS[match["month"]], int(match["day"])
    if match["year"]:
        day = existing_day(int(match["year"]), month, number)
    else:
        day = _nearest(month, number, today, toward)
    if day is None:
        raise Refusal(f"{quoted(phrase)} is not in the calendar; write a day like {today}.")
    return _of_its_weekday(day, match)


def _nearest(month: int, number: int, today: date, toward: Toward) -> date | None:
    step = -1 if toward == "past" else 1
    # Leap days lie at most eight years apart (1896 and 1904, 2096 and 2104).
    for year in range(today.year, today.year + 9 * step, step):
        day = existing_day(year, month, number)
        if day is not None and (day - today).days * step >= 0:
            return day
    return None


def _of_its_weekday(day: date, match: re.Match[str]) -> date:
    named = WEEKDAY_NUMBERS[match["weekday"]] if match["weekday"] else day.weekday()
    if named != day.weekday():
        raise Refusal(
            f"{day} is a {weekday_name(day)}, not a {WEEKDAYS[named]}; write {describe_day(day)}."
        )
    return day


def _unreadable(text: str, today: date, toward: Toward) -> str:
    if in_figures_alone(plain(text)):
        return f"{quoted(text)} may mean more than one day; write year, month and day like {today}."
    words = "today, monday, 3 days ago" if toward == "past" else "tomorrow, next friday, in 3 days"
    return f"{quoted(text)} is not a day; write it like {today}, 12 nov, {words}."
