"""Rules as programs write them: the RRULE of RFC 5545, as far as it names one day at a time."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, Final

from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.schedules import LAST, SHORTEST_MONTH, Frequency, Rule

_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES: Final = {
    "DAILY": Frequency.DAILY,
    "WEEKLY": Frequency.WEEKLY,
    "MONTHLY": Frequency.MONTHLY,
    "YEARLY": Frequency.YEARLY,
}
_TOO_OFTEN: Final = ("HOURLY", "MINUTELY", "SECONDLY")
_TIMES_OF_DAY: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_BEGINNINGS: Final = ("1", "4", "7", "10")
_ENDS: Final = ("3", "6", "9", "12")
_BYDAY: Final = re.compile(rf"(?P<ordinal>[+-]?[0-9]{{1,2}})?(?P<weekday>{'|'.join(_WEEKDAYS)})")


def is_rrule(text: str) -> bool:
    """Say whether a text is meant as an RRULE rather than as words."""
    return re.match(r"\s*(?:rrule:|[a-z]+\s*=)", text, re.I) is not None


def parse_rrule(text: str) -> Rule:
    """Read "FREQ=MONTHLY;BYMONTHDAY=1"; the first day on or after the start begins to count.

    Raises Refusal for what names no day, several, or more than one a day, and where it would mean
    something else here than the standard says.
    """
    parts = _parts(text)
    frequency = _frequency(parts.pop("FREQ", ""), text)
    interval = _number(parts.pop("INTERVAL", "1"), "INTERVAL")
    parts.pop("WKST", None)  # It tells nothing where a week has one day.
    end = _end(parts)
    if frequency is Frequency.MONTHLY or frequency is Frequency.YEARLY:
        frequency = _quarterly(frequency, interval, parts)
        named = _day_of_month(frequency, parts)
    elif frequency is Frequency.WEEKLY:
        named = {"weekday": _weekday(parts.pop("BYDAY", ""), ordinal=False)[1]}
    else:
        named = {}
    if parts:
        raise Refusal(f"{', '.join(parts)} is not taken in a rule that is {frequency}.")
    return Rule(frequency, interval, **named, **end)


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in re.sub(r"\s*rrule:", "", text, count=1, flags=re.I).strip(" ;").split(";"):
        name, equals, value = (piece.strip().upper() for piece in part.partition("="))
        if not equals or not value or name in parts:
            raise Refusal(f"{quoted(text)} is no RRULE; write it like FREQ=MONTHLY;BYMONTHDAY=1.")
        if name in _TIMES_OF_DAY:
            raise Refusal(f"{name} is a time of day; say that beside the rule, with at.")
        if name == "DTSTART":
            raise Refusal("DTSTART is its first day; say that beside the rule, with starting.")
        parts[name] = value
    return parts


def _frequency(value: str, text: str) -> Frequency:
    if value in _TOO_OFTEN:
        raise Refusal(f"{quoted(text)} is more than once a day; once is the most, FREQ=DAILY.")
    if value not in _FREQUENCIES:
        raise Refusal("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY.")
    return _FREQUENCIES[value]


def _number(value: str, name: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,4}", value):
        raise Refusal(f"{name}={value} is not one number; make a rule for each of several days.")
    return int(value)


def _end(parts: dict[str, str]) -> dict[str, Any]:
    end: dict[str, Any] = {}
    if "COUNT" in parts:
        end["times"] = _number(parts.pop("COUNT"), "COUNT")
    if "UNTIL" in parts:
        end["until"] = _day(parts.pop("UNTIL"))
    return end


def _day(value: str) -> date:
    try:
        return datetime.strptime(value.partition("T")[0], "%Y%m%d").date()
    except ValueError:
        raise Refusal(f"UNTIL={value} is no day; write it like UNTIL=20270630.") from None


def _quarterly(frequency: Frequency, interval: int, parts: dict[str, str]) -> Frequency:
    """Return what it is, once the months of quarters are taken for what they are."""
    months = parts.get("BYMONTH", "")
    if tuple(months.split(",")) not in (_BEGINNINGS, _ENDS) or interval != 1:
        return frequency
    is_of_the_end = _is_of_the_end(parts)
    if is_of_the_end != (tuple(months.split(",")) == _ENDS):
        raise Refusal(
            "A quarter has a day of its first month, BYMONTH=1,4,7,10, or the last one of its last "
            "month, BYMONTH=3,6,9,12."
        )
    del parts["BYMONTH"]
    return Frequency.QUARTERLY


def _is_of_the_end(parts: dict[str, str]) -> bool:
    by_day = parts.get("BYDAY", "")
    return "-1" in (parts.get("BYMONTHDAY"), parts.get("BYSETPOS")) or by_day.startswith("-1")


def _day_of_month(frequency: Frequency, parts: dict[str, str]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    if frequency is Frequency.YEARLY and "BYMONTH" in parts:
        named["month"] = _number(parts.pop("BYMONTH"), "BYMONTH")
    if "BYDAY" in parts:
        ordinal, weekday = _weekday(parts.pop("BYDAY"), ordinal=True)
        if ordinal is None and "BYSETPOS" in parts:
            ordinal = _number(parts.pop("BYSETPOS"), "BYSETPOS")
        return {**named, "weekday": weekday, "ordinal": ordinal}
    if "BYMONTHDAY" in parts:
        named["day"] = _number(parts.pop("BYMONTHDAY"), "BYMONTHDAY")
        _refuse_gaps(frequency, named)
    return named


def _refuse_gaps(frequency: Frequency, named: dict[str, Any]) -> None:
    """Refuse a day that the standard leaves out where there is none: here it is the last one."""
    day: int = named["day"]
    in_february = frequency is Frequency.YEARLY and (named.get("month"), day) == (2, 29)
    if in_february or (frequency is not Frequency.YEARLY and day > SHORTEST_MONTH):
        raise Refusal(
            f"BYMONTHDAY={day} leaves out what has no such day; BYMONTHDAY={LAST} is the last day."
        )


def _weekday(value: str, *, ordinal: bool) -> tuple[int | None, int]:
    match = _BYDAY.fullmatch(value)
    if match is None or (match["ordinal"] and not ordinal):
        raise Refusal(
            f"BYDAY={value} is not one day, like {'BYDAY=1MO' if ordinal else 'BYDAY=FR'}; make a "
            "rule for each of several."
        )
    return int(match["ordinal"]) if match["ordinal"] else None, _WEEKDAYS.index(match["weekday"])
