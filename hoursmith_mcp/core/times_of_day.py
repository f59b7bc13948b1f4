"""Times of a day as a clock on the wall shows them: "06:00"."""

from __future__ import annotations

import re

from hoursmith_mcp.core.refusal import Refusal, quoted

_TIME = re.compile("(?P<hour>[0-9]{1,2})(?::|[.h])(?P<minute>[0-9]{2})")
_MINUTES = 60


def parse_time_of_day(text: str) -> int:
    """Read a time of day, "06:00" to "23:59", as whole minutes since midnight; raises Refusal."""
    match = _TIME.fullmatch(text.strip().lower())
    if match is None or int(match["hour"]) > 23 or int(match["minute"]) > 59:
        raise Refusal(f"{quoted(text)} is not a time of day; write it like 06:00 or 17:30.")
    return int(match["hour"]) * _MINUTES + int(match["minute"])


def time_of_day_text(minute: int) -> str:
    """Return a minute of the day as `parse_time_of_day` reads it."""
    return f"{minute // _MINUTES:02}:{minute % _MINUTES:02}"
