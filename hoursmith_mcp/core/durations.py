"""Durations as people write them: "2h", "1h30m", "1:30", "90m", "1.5h", "half an hour"."""

from __future__ import annotations

import re

from hoursmith_mcp.core.money import divide_half_away
from hoursmith_mcp.core.number_words import fractions_in_figures
from hoursmith_mcp.core.refusal import Refusal, quoted

SECONDS_PER_HOUR = 3600
SECONDS_PER_MINUTE = 60
LONGEST_SECONDS = 1000 * SECONDS_PER_HOUR

_WAY_OUT = "write it like 2h, 1h30m, 1:30, 90m or 1.5h"

# Digits are [0-9] throughout: \d would also take the digits of other scripts. Nine are plenty.
_NUMBER = r"(?:[0-9]{1,9}(?:[.,][0-9]{1,20})?|[.,][0-9]{1,20})"
_JOIN = r"(?:(?<=[a-z])(?: and |, | ))?"
_CLOCK = r"([0-9]{1,9}):([0-5][0-9])(?::([0-5][0-9]))?"
_UNITS = (
    rf"(?:(?P<hours>{_NUMBER}) ?(?:hours|hour|hrs|hr|h))?"
    rf"(?:{_JOIN}(?P<minutes>{_NUMBER}) ?(?:minutes|minute|mins|min|m))?"
    rf"(?:{_JOIN}(?P<seconds>{_NUMBER}) ?(?:seconds|second|secs|sec|s))?"
)
_HOURS_THEN_MINUTES = r"([0-9]{1,9}) ?h ?([0-5]?[0-9])"
# "1,500m" is a minute and a half to one reader and twenty-five hours to another.
_TWO_READINGS = r"(?<![0-9.])[0-9]+,[0-9]{3}(?![0-9])"

_SECONDS_PER = {"hours": SECONDS_PER_HOUR, "minutes": SECONDS_PER_MINUTE, "seconds": 1}


def parse_duration(text: str) -> int:
    """Read a duration and return it in whole seconds, from 1 to 3,600,000 (1,000 hours).

    A fraction belongs to the last unit that is written, and goes to the nearest second, half up.
    Numbers may be words, and halves and quarters, too ("an hour and a half"). Case and surplus
    spaces do not matter. Raises Refusal for a number without its unit, for
    nothing and less, for more than 1,000 hours, and for whatever has none of the forms.
    """
    phrase = fractions_in_figures(" ".join(text.lower().split()))
    _refuse_two_meanings(text, phrase)
    seconds = _clock_seconds(phrase)
    if seconds is None:
        seconds = _unit_seconds(text, phrase)
    if seconds is None:
        raise Refusal(f"{quoted(text)} is not a duration; {_WAY_OUT}.")
    if seconds == 0:
        raise Refusal(f"{quoted(text)} is less than a second; {_WAY_OUT}.")
    if seconds > LONGEST_SECONDS:
        raise Refusal(
            f"{quoted(text)} is more than 1,000 hours; write at most 1000h, like 2h or 90m."
        )
    return seconds


def format_duration(seconds: int) -> str:
    """Return seconds as compact text ("2h", "1h30m", "1h30m15s"), which is read back exactly.

    Nothing is "0m", and less than nothing has a minus sign before it: both are only for reading.
    """
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
    minutes, rest = divmod(seconds, SECONDS_PER_MINUTE)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0m"


def hours_text(seconds: int) -> str:
    """Return seconds as decimal hours, half up to four decimals, without trailing zeros ("1.5")."""
    ten_thousandths = divide_half_away(abs(seconds) * 10_000, SECONDS_PER_HOUR)
    whole, fraction = divmod(ten_thousandths, 10_000)
    sign = "-" if seconds < 0 and ten_thousandths else ""
    return f"{sign}{whole}.{fraction:04}".rstrip("0").rstrip(".")


def _refuse_two_meanings(text: str, phrase: str) -> None:
    if phrase.startswith(("-", "\u2212")):
        raise Refusal(f"{quoted(text)} is less than nothing; {_WAY_OUT}.")
    if re.search(_TWO_READINGS, phrase):
        raise Refusal(
            f"{quoted(text)} can be read in two ways; write a point before decimals and nothing "
            "between thousands, like 1.5h or 1500m."
        )
    if re.fullmatch(_NUMBER, phrase):
        shown = phrase if len(phrase) <= 4 else "2"
        raise Refusal(
            f"{quoted(text)} has no unit; write {shown}h for hours or {shown}m for minutes."
        )


def _clock_seconds(phrase: str) -> int | None:
    """Read "1:30" and "1:30:15": hours, minutes and perhaps seconds."""
    match = re.fullmatch(_CLOCK, phrase)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds


def _unit_seconds(text: str, phrase: str) -> int | None:
    """Read "1h30m", "45 min", "1.5 hours" and "1h30"."""
    if short := re.fullmatch(_HOURS_THEN_MINUTES, phrase):
        hours, minutes = (int(part) for part in short.groups())
        return hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE
    match = re.fullmatch(_UNITS, phrase)
    written = [(unit, part) for unit, part in match.groupdict().items() if part] if match else []
    if not written:
        return None
    # In "1.5h30m" or "1h90m" one of the two is a slip, and we cannot know which.
    if any(not part.isdecimal() for _, part in written[:-1]):
        raise Refusal(f"{quoted(text)} has a fraction before its last unit; {_WAY_OUT}.")
    if any(_whole(part) >= 60 for _, part in written[1:]):
        raise Refusal(f"{quoted(text)} has 60 or more of a smaller unit; {_WAY_OUT}.")
    return sum(_scaled(part, _SECONDS_PER[unit]) for unit, part in written)


def _whole(number: str) -> int:
    return int(number.replace(",", ".").partition(".")[0] or 0)


def _scaled(number: str, seconds_per_unit: int) -> int:
    whole, _, fraction = number.replace(",", ".").partition(".")
    return divide_half_away(int(whole + fraction) * seconds_per_unit, 10 ** len(fraction))
