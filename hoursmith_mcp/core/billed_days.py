"""Which days an invoice that comes back bills: the month before, since the last one, or all."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from hoursmith_mcp.core.calendar_words import plain
from hoursmith_mcp.core.periods import BEGINNING, Period, parse_period
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.schedules import Frequency, Rule

_DAY = timedelta(days=1)


class Billed(StrEnum):
    """What of the open work each invoice takes, seen from the day that it is made for."""

    WEEK_BEFORE = "week before"
    MONTH_BEFORE = "month before"
    QUARTER_BEFORE = "quarter before"
    YEAR_BEFORE = "year before"
    SINCE_THE_LAST = "since the last"
    UNTIL_THE_DAY_BEFORE = "until the day before"


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
    match = _RULE_AND_BILLED.fullmatch(text.strip())
    return (match["rule"], match["billed"]) if match else (text, None)


def read_billed(text: str) -> Billed:
    """Read what is billed: "the month before", "since the last one", "all until the day before".

    Raises Refusal for anything else.
    """
    phrase = " ".join(word for word in plain(text).split() if word not in ("the", "what", "came"))
    if match := _BEFORE.fullmatch(phrase):
        return Billed(f"{match['unit']} before")
    if _SINCE.fullmatch(phrase):
        return Billed.SINCE_THE_LAST
    if phrase and _UNTIL.fullmatch(phrase):
        return Billed.UNTIL_THE_DAY_BEFORE
    raise Refusal(
        f"{quoted(text)} names no days; write week before, month before, quarter before, year "
        "before, since the last or until the day before."
    )


def usual_billed(rule: Rule) -> Billed:
    """Return what a rule bills where that is not said: nothing is left out for good.

    The whole month before, for what comes at the beginning of each; all until then for the rest.
    """
    whole = {
        Frequency.MONTHLY: Billed.MONTH_BEFORE,
        Frequency.QUARTERLY: Billed.QUARTER_BEFORE,
        Frequency.YEARLY: Billed.YEAR_BEFORE,
    }
    if rule.interval == 1 and not rule.is_of_the_end:
        return whole.get(rule.frequency, Billed.UNTIL_THE_DAY_BEFORE)
    return Billed.UNTIL_THE_DAY_BEFORE


def billed_days(
    billed: Billed, day: date, *, week_start: int, billed_until: date | None
) -> Period | None:
    """Return the days that an invoice of a day bills, or None where those were all billed already.

    `week_start` is the weekday on which weeks begin; `billed_until` the last day that an invoice of
    the same rule took. The first one of all takes everything until the day before.
    """
    if billed is Billed.UNTIL_THE_DAY_BEFORE:
        return Period(BEGINNING, day - _DAY)
    if billed is Billed.SINCE_THE_LAST:
        first = BEGINNING if billed_until is None else billed_until + _DAY
        return Period(first, day - _DAY) if first < day else None
    unit = billed.partition(" ")[0]
    return parse_period(f"last {unit}", day, week_start=week_start)
