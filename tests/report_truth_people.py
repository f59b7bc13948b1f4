"""What reports must say of working time: each day of each member is looked at, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from billing_oracle import half_away
from report_truth import DAY, Days, Fact, Told, hours, local_day

EIGHT_HOURS_ON_WEEKDAYS = (28_800,) * 5 + (0, 0)


def facts_of_utilisation(told: Told, days: Days) -> Iterator[Fact]:
    """Tell what was worked, and what was expected up to today."""
    for member_id, day, seconds, billable, expected in _working_days(told, days):
        if seconds or (expected and day <= told.today):
            values = {
                "hours": hours(seconds),
                "billable_hours": hours(billable),
                "expected_hours": hours(expected if day <= told.today else 0),
            }
            yield Fact({"member": member_id, **told.keys_of_day(day)}, None, values)


def facts_of_gaps(told: Told, days: Days) -> Iterator[Fact]:
    """Tell of the days before today with less than was expected, each rounded by itself."""
    for member_id, day, seconds, _, expected in _working_days(told, days):
        if seconds < expected and day < told.today:
            worked, wanted = _as_told(seconds), _as_told(expected)
            values = {
                "thin_days": Fraction(1),
                "hours": worked,
                "expected_hours": wanted,
                "missing_hours": wanted - worked,
            }
            yield Fact({"member": member_id, **told.keys_of_day(day)}, None, values)


def _as_told(seconds: int) -> Fraction:
    return Fraction(half_away(hours(seconds) * 10_000), 10_000)


def _working_days(told: Told, days: Days) -> Iterator[tuple[str, date, int, int, int]]:
    """Yield member, day, seconds, billable ones and those that are expected."""
    worked: Counter[tuple[str, str]] = Counter()
    billed: Counter[tuple[str, str]] = Counter()
    for _, entry in told.entries:
        worked[entry.member, entry.day] += entry.seconds
        billed[entry.member, entry.day] += entry.seconds * told.billable[entry.id]
    for row in told.rows["member"]:
        name, zone = row["name"], row["time_zone"] or told.settings["time_zone"]
        begun = [date.fromisoformat(day) for one, day in worked if one == name]
        if row["joined_at"] is not None:
            begun.append(local_day(row["joined_at"], zone))
        since = min(begun, default=date.max)
        left = local_day(row["deleted_at"], zone) if row["deleted_at"] is not None else date.max
        pattern, day = told.patterns.get(name, EIGHT_HOURS_ON_WEEKDAYS), days[0]
        while day <= days[1]:
            expected = pattern[day.weekday()] if since <= day <= left else 0
            at = (name, day.isoformat())
            yield row["id"], day, worked[at], billed[at], expected
            day += DAY
