"""What reports must say, found by hand in a random house and the rows that it left.

Nothing of the product is used: a day, a week, an age and a price are each reckoned here anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from random_houses import Client, Entry, House
from rows import Rows

Group = tuple[str | None, ...]
"""What a row is of, ids of things in the order of the grouping, and its currency at the end."""

Truth = dict[Group, dict[str, Fraction]]
"""Measures by group: hours in hours, amounts in the currency's unit."""

Days = tuple[date, date]
"""The first and the last day of a period."""

AGES = ("current", "days_1_to_30", "days_31_to_60", "days_61_to_90", "days_over_90")
ALWAYS = (date(1900, 1, 1), date(2199, 12, 31))
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fact:
    """Something that reports add up: what it belongs to, its currency, and its measures."""

    keys: Mapping[str, Any]
    currency: str | None
    values: Mapping[str, Fraction]


@dataclass(frozen=True)
class Told:
    """A house, all its rows, and the instant at which it is asked.

    `patterns` are the seconds that are expected of members on each weekday.
    """

    house: House
    rows: Mapping[str, Rows]
    now_us: int
    patterns: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The row of the organisation."""
        (organization,) = self.rows["organization"]
        return organization

    @cached_property
    def today(self) -> date:
        """The day that it is for the organisation."""
        return local_day(self.now_us, self.settings["time_zone"])

    @property
    def entries(self) -> list[tuple[Client, Entry]]:
        """All time that was logged and not deleted, with whose it is."""
        return [(client, entry) for client in self.house.clients for entry in client.entries]

    @cached_property
    def billable(self) -> dict[str, bool]:
        """Whether each entry is billable, as its row says."""
        return {row["id"]: bool(row["billable"]) for row in self.rows["time_entry"]}

    @cached_property
    def names(self) -> dict[str, str]:
        """What things are called, by id."""
        tables = ("client", "project", "task", "member")
        return {row["id"]: row["name"] for table in tables for row in self.rows[table]}

    @cached_property
    def member_ids(self) -> dict[str, str]:
        """The ids of members, by name."""
        return {row["name"]: row["id"] for row in self.rows["member"]}

    def keys_of(self, client: Client, entry: Entry) -> dict[str, Any]:
        """Return what an entry can be grouped and narrowed by."""
        return {
            "client": client.id,
            "project": entry.project.id,
            "task": entry.task.id if entry.task is not None else None,
            "member": self.member_ids[entry.member],
            "tag": ", ".join(sorted(entry.tags, key=str.casefold)) or None,
            "tags": entry.tags,
            "billable": self.billable[entry.id],
            **self.keys_of_day(date.fromisoformat(entry.day)),
        }

    def keys_of_day(self, day: date) -> dict[str, str]:
        """Return a day, the first day of its week, and its month."""
        first = day
        while first.weekday() != self.settings["week_start"]:
            first -= DAY
        return {"day": day.isoformat(), "week": first.isoformat(), "month": day.isoformat()[:7]}


def nothing() -> Truth:
    """Return a truth without any groups, to which figures are added."""
    return defaultdict(lambda: defaultdict(Fraction))


def local_day(instant_us: int, zone_name: str) -> date:
    """Return the day that it is at an instant in a zone."""
    return datetime.fromtimestamp(instant_us // 1_000_000, ZoneInfo(zone_name)).date()


def hours(seconds: int) -> Fraction:
    """Return seconds in hours."""
    return Fraction(seconds, 3600)


def days_before(days: Days) -> Days:
    """Return as many whole months before whole months, before other days as many days."""
    first, last = days
    if first.day != 1 or (last + DAY).day != 1:
        return first - (last - first) - DAY, first - DAY
    begun, months = first, (last.year - first.year) * 12 + last.month - first.month + 1
    for _ in range(months):
        begun = (begun - DAY).replace(day=1)
    return begun, first - DAY


def is_within(day: str, days: Days) -> bool:
    """Say whether a day lies in a period."""
    return days[0] <= date.fromisoformat(day) <= days[1]


def age(day: str, today: date) -> str:
    """Return the age of what is of a day."""
    days = (today - date.fromisoformat(day)).days
    return AGES[sum(days > end for end in (0, 30, 60, 90))]


def narrowed(facts: Iterable[Fact], wanted: Mapping[str, Any]) -> list[Fact]:
    """Return the facts of what is wanted; a tag is one among others, in any case."""
    found = list(facts)
    for name, value in wanted.items():
        if name == "tag":
            found = [one for one in found if value.casefold() in map(str.casefold, _tags(one))]
        else:
            found = [one for one in found if one.keys.get(name) == value]
    return found


def _tags(fact: Fact) -> Sequence[str]:
    return fact.keys["tags"]  # type: ignore[no-any-return]  # as `keys_of` has them


def grouped(facts: Iterable[Fact], groupings: Sequence[str]) -> Truth:
    """Add facts up by groups, each currency by itself."""
    found = nothing()
    for fact in facts:
        group = found[(*(fact.keys.get(one) for one in groupings), fact.currency)]
        for name, value in fact.values.items():
            group[name] += value
    return found
