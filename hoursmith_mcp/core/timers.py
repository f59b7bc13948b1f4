"""What becomes of a stopped timer: pure decisions about the time that it measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hoursmith_mcp.core.billing import SECONDS_PER_DAY

MINIMUM_SECONDS = 60
"""A timer that ran for less was a slip of the finger, and is discarded."""

LONG_SECONDS = 8 * 3_600
"""A timer that ran for longer was probably forgotten."""

US = 1_000_000


@dataclass(frozen=True)
class Piece:
    """Time on one local day; `seconds` may be less than start to stop where the day is full."""

    day: date
    start_us: int
    stop_us: int
    seconds: int


def pieces_that_fit(
    stretches: Sequence[tuple[date, int, int]], taken: dict[date, int]
) -> list[Piece]:
    """Turn stretches of local days into pieces, cut where a day would pass 24 hours.

    `taken` holds the seconds that each day already has. Where all of it fits on the first day it
    is one piece, so that a night's work stays one entry.
    """
    first_day, start_us, _ = stretches[0]
    stop_us = stretches[-1][2]
    whole = (stop_us - start_us) // US
    if whole + taken.get(first_day, 0) <= SECONDS_PER_DAY:
        return [Piece(first_day, start_us, stop_us, whole)]
    return [_cut(day, start, stop, taken.get(day, 0)) for day, start, stop in stretches]


def _cut(day: date, start_us: int, stop_us: int, taken_seconds: int) -> Piece:
    # A day of 25 hours has room for 24, too.
    room = max(0, SECONDS_PER_DAY - taken_seconds)
    return Piece(day, start_us, stop_us, min((stop_us - start_us) // US, room))
