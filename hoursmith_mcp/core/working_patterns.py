"""How much somebody works on each weekday: "40h", "32h mon-thu", "mon-thu 8h, fri 4h"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hoursmith_mcp.core.durations import format_duration, parse_duration
from hoursmith_mcp.core.refusal import Refusal, quoted

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKING_DAYS = 5
MOST_SECONDS_OF_DAY = 24 * 3_600

Pattern = tuple[int, ...]
"""Seconds on each weekday, from Monday on: seven of them."""

USUAL_PATTERN: Pattern = (8 * 3_600,) * WORKING_DAYS + (0, 0)
"""What is taken for somebody of whom nothing else is known."""

_DAY = "(mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_PART = re.compile(rf"{_DAY}(?: ?(?:-|–|to) ?{_DAY})? (.+)")
_WAY_OUT = 'write it like "40h" for Monday to Friday, or "mon-thu 8h, fri 4h"'


def parse_pattern(text: str) -> Pattern:
    """Read a week's hours, spread over Monday to Friday, or the hours of each day.

    Raises Refusal for other forms, for a day twice, and for more hours than days have.
    """
    phrase = " ".join(text.casefold().split())
    parts = [part.strip() for part in re.split("[,;]", phrase)]
    if len(parts) == 1 and not _PART.fullmatch(phrase):
        return _spread(text, parse_duration(phrase))
    seconds: dict[int, int] = {}
    for part in parts:
        match = _PART.fullmatch(part)
        if match is None:
            raise Refusal(f"{quoted(text)} is not a working week; {_WAY_OUT}.")
        first = DAYS.index(match[1])
        last = DAYS.index(match[2]) if match[2] else first
        of_day = parse_duration(match[3])
        _check_day(text, of_day)
        for day in range(first, last + 1) if first <= last else ():
            if day in seconds:
                raise Refusal(f"{quoted(text)} names {DAYS[day]} twice; name each day once.")
            seconds[day] = of_day
        if first > last:
            raise Refusal(f"{quoted(text)} goes backwards; {_WAY_OUT}.")
    return tuple(seconds.get(day, 0) for day in range(len(DAYS)))


def describe_pattern(pattern: Sequence[int]) -> str:
    """Return the shortest text that `parse_pattern` reads back: "mon-thu 8h, fri 4h"."""
    runs: list[tuple[int, int]] = []
    for day, seconds in enumerate(pattern):
        if runs and pattern[runs[-1][0]] == seconds:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return ", ".join(
        f"{DAYS[first]}{f'-{DAYS[last]}' if last > first else ''} {format_duration(pattern[first])}"
        for first, last in runs
        if pattern[first]
    )


def _spread(text: str, seconds: int) -> Pattern:
    of_day, rest = divmod(seconds, WORKING_DAYS)
    _check_day(text, of_day + bool(rest))
    return (*(of_day + (day < rest) for day in range(WORKING_DAYS)), 0, 0)


def _check_day(text: str, seconds: int) -> None:
    if seconds > MOST_SECONDS_OF_DAY:
        raise Refusal(f"{quoted(text)} has more hours than its days; {_WAY_OUT}.")
