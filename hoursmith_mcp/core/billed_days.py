"""Which days an invoice that comes back bills: a whole period before, or all that is open."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from hoursmith_mcp.core.calendar_words import plain
from hoursmith_mcp.core.periods import BEGINNING, Period, parse_period
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.schedule_words import without_end
from hoursmith_mcp.core.schedules import SHORTEST_MONTH, Frequency, Rule

_DAY = timedelta(days=1)


class Billed(StrEnum):
    """What of the open work each invoice takes, seen from the day that it is made for."""

    WEEK_BEFORE = "week before"
    MONTH_BEFORE = "month before"
    QUARTER_BEFORE = "quarter before"
    YEAR_BEFORE = "year before"
    UNTIL_THE_DAY_BEFORE = "until the day before"


_SHORTEST_DAYS: Final = {
    Billed.WEEK_BEFORE: 7,
    Billed.MONTH_BEFORE: 28,
    Billed.QUARTER_BEFORE: 90,
    Billed.YEAR_BEFORE: 365,
}
_MONTHS_BILLED: Final = {
    Billed.WEEK_BEFORE: 0,
    Billed.MONTH_BEFORE: 1,
    Billed.QUARTER_BEFORE: 3,
    Billed.YEAR_BEFORE: 12,
}
_MONTHS: Final = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}

_BEFORE: Final = re.compile("(?:(?:last|previous) )?(?P<unit>week|month|quarter|year)(?: before)?")
_SINCE: Final = re.compile("(?:all |everything |work )?since (?:last|last 1|last run|then)")
_UNTIL: Final = re.compile(
    "(?:all|everything|all open|open|unbilled|all unbilled)?(?: work| time)?"
    "(?: (?:until|up to) (?:then|day before))?|(?:until|up to) (?:then|day before)"
)
_RULE_AND_BILLED: Final = re.compile(
    "(?P<rule>.+?),? (?:(?:for|billing|over) |(?=since |until |up to ))(?P<billed>.+)", re.I
)


def split_billed(text: str) -> tuple[str, str | None]:
    """Split "monthly on the 1st for the month before" into the rule and what it bills."""
    rest, end = without_end(text.strip())
    match = _RULE_AND_BILLED.fullmatch(rest)
    if match is None or without_end(rest)[1]:  # What ends twice is no rule, whatever it bills.
        return text, None
    return match["rule"] + end, match["billed"]


def read_billed(text: str) -> Billed:
    """Read what is billed: "the month before", "since the last one", "all until the day before".

    Raises Refusal for anything else.
    """
    phrase = " ".join(word for word in plain(text).split() if word not in ("the", "what", "came"))
    if match := _BEFORE.fullmatch(phrase):
        return Billed(f"{match['unit']} before")
    # What was billed is open no more: all that is, is what came since, or was logged late.
    if phrase and (_SINCE.fullmatch(phrase) or _UNTIL.fullmatch(phrase)):
        return Billed.UNTIL_THE_DAY_BEFORE
    raise Refusal(
        f"{quoted(text)} names no days; write week before, month before, quarter before, year "
        "before or until the day before. An end has a date: until 2027-06-30."
    )


def usual_billed(rule: Rule) -> Billed:
    """Return what a rule bills where that is not said: nothing is left out for good.

    The whole month before, for what comes within each; all until then for the rest, and for what
    comes as a month ends: by the 31st nobody waits for an invoice of the month before.
    """
    whole = {
        Frequency.MONTHLY: Billed.MONTH_BEFORE,
        Frequency.QUARTERLY: Billed.QUARTER_BEFORE,
        Frequency.YEARLY: Billed.YEAR_BEFORE,
    }
    ends = rule.frequency is Frequency.MONTHLY and (rule.day or 0) > SHORTEST_MONTH
    if rule.interval == 1 and not rule.is_of_the_end and not ends:
        return whole.get(rule.frequency, Billed.UNTIL_THE_DAY_BEFORE)
    return Billed.UNTIL_THE_DAY_BEFORE


def leaves_days_out(billed: Billed, rule: Rule) -> bool:
    """Say whether what a rule bills each time is shorter than the time between two of its days."""
    match billed, rule.frequency:
        case Billed.UNTIL_THE_DAY_BEFORE, _:
            return False
        case _, Frequency.DAILY | Frequency.WEEKLY:
            days = rule.interval * (7 if rule.frequency is Frequency.WEEKLY else 1)
            return days > _SHORTEST_DAYS[billed]
        case _:
            return rule.interval * _MONTHS[rule.frequency] > _MONTHS_BILLED[billed]


def billed_days(billed: Billed, day: date, *, week_start: int) -> Period:
    """Return the days that an invoice of a day bills; weeks begin on the weekday `week_start`."""
    if billed is Billed.UNTIL_THE_DAY_BEFORE:
        return Period(BEGINNING, day - _DAY)
    unit = billed.partition(" ")[0]
    return parse_period(f"last {unit}", day, week_start=week_start)
