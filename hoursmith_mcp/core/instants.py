"""Instants, their text, and the local days they fall on.

An instant is a whole number of microseconds since 1970-01-01T00:00Z. Only here do time zones come
in: everything else counts in instants or in days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from hoursmith_mcp.core.refusal import Refusal, quoted

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = _EPOCH.date()
_MICROSECOND: Final = timedelta(microseconds=1)

# Every part begins with a capital, so that no file beside the zones ("localtime", "posix/…", "..")
# is taken for one, nor a name in lower case on a disk that does not mind.
_ZONE_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9_+-]{0,30}(?:/[A-Z][A-Za-z0-9_+-]{0,30}){0,2}")


@dataclass(frozen=True)
class Stretch:
    """A piece of time within one local day, from an instant up to, not including, another."""

    day: date
    start_us: int
    stop_us: int


def instant_text(instant_us: int) -> str:
    """Return an instant in RFC 3339 with Z and six decimals: as text they sort by their time."""
    return f"{_utc(instant_us).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def load_zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name. Raises Refusal where there is none."""
    wanted = name.strip()
    if _ZONE_NAME.fullmatch(wanted):
        try:
            return ZoneInfo(wanted)
        except (KeyError, ValueError, OSError):
            # Unknown, not a zone's file, or a folder: one answer for all of them.
            pass
    example = next(_zones_meant(wanted), "Europe/Berlin")
    raise Refusal(f"{quoted(name)} is not a time zone; write its IANA name, like {example}.")


def _zones_meant(words: str) -> Iterator[str]:
    """Yield the zones that are written like this but for case, or are those of a city so called."""
    wanted = words.lower().replace(" ", "_")
    known = sorted(name for name in available_timezones() if _ZONE_NAME.fullmatch(name))
    yield from (name for name in known if name.lower() == wanted)
    yield from (name for name in known if name.lower().rpartition("/")[2] == wanted)


def local_day(instant_us: int, zone: ZoneInfo) -> date:
    """Return the day that the calendar on the wall shows at an instant."""
    return _utc(instant_us).astimezone(zone).date()


def day_begins_us(day: date, zone: ZoneInfo) -> int:
    """Return the instant at which a day begins in a zone; the earlier of two midnights."""
    return wall_time_us(day, 0, zone)


def wall_time_us(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the instant at which the clock on the wall shows so many minutes after midnight.

    Of a time that comes twice it is the first; one that clocks leap over comes as much later as
    they leap, so that every day has one.
    """
    shown = datetime(day.year, day.month, day.day, *divmod(minute, 60), tzinfo=zone)
    return (shown.astimezone(UTC) - _EPOCH) // _MICROSECOND


def split_at_midnights(start_us: int, stop_us: int, zone: ZoneInfo) -> list[Stretch]:
    """Cut the time between two instants at every local midnight, in order and without a gap.

    No time gives no stretch. Where clocks went back across midnight a day comes up twice. Raises
    Refusal where the stop is before the start.
    """
    if stop_us < start_us:
        raise Refusal(
            f"{instant_text(stop_us)} is before {instant_text(start_us)}; write the start first "
            "and a stop after it."
        )
    stretches: list[Stretch] = []
    for day, piece_start_us, piece_stop_us in _pieces(start_us, stop_us, zone):
        # Clocks that change within a day cut it in two; the day is still one.
        if stretches and stretches[-1].day == day:
            piece_start_us = stretches.pop().start_us
        stretches.append(Stretch(day, piece_start_us, piece_stop_us))
    return stretches


def _pieces(start_us: int, stop_us: int, zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """Yield day, start and stop; the offset is steady in a piece, so midnights are arithmetic."""
    while start_us < stop_us:
        offset_us = _offset_us(start_us, zone)
        day_number = (start_us + offset_us) // DAY_US
        midnight_us = (day_number + 1) * DAY_US - offset_us
        piece_stop_us = _steady_until(start_us, min(midnight_us, stop_us), zone)
        yield _EPOCH_DAY + timedelta(days=day_number), start_us, piece_stop_us
        start_us = piece_stop_us


def _steady_until(start_us: int, stop_us: int, zone: ZoneInfo) -> int:
    """Return the first instant at which the offset is another, or the stop; at most a day apart.

    No zone has changed its clocks twice in a day, so that halving finds the one change there is.
    """
    offset_us = _offset_us(start_us, zone)
    if _offset_us(stop_us, zone) == offset_us:
        return stop_us
    while stop_us - start_us > 1:
        middle_us = (start_us + stop_us) // 2
        if _offset_us(middle_us, zone) == offset_us:
            start_us = middle_us
        else:
            stop_us = middle_us
    return stop_us


def _offset_us(instant_us: int, zone: ZoneInfo) -> int:
    offset = _utc(instant_us).astimezone(zone).utcoffset() or timedelta()
    return offset // _MICROSECOND


def _utc(instant_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=instant_us)
