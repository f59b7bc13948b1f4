"""What is asked of the reports of a house, by chance, and what the answers must be."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from houses import InProcess
from random_houses import FIRST_DAY
from report_agreement import agree, agree_on_order, agree_on_others
from report_truth import (
    ALWAYS,
    DAY,
    Days,
    Fact,
    Told,
    Truth,
    days_before,
    grouped,
    narrowed,
)
from report_truth_money import facts_of_profitability, facts_of_receivables, facts_of_revenue
from report_truth_people import facts_of_gaps, facts_of_utilisation
from report_truth_work import facts_of_time, facts_of_unbilled

NO_LIMIT = 10_000
EVERYTHING = ("client", "project", "task", "member", "tag", "day", "week", "month")
GROUPED_BY: Mapping[str, Sequence[str]] = {
    "time": EVERYTHING,
    "unbilled": ("client", "project", "task", "member", "month"),
    "revenue": ("client", "month"),
    "profitability": ("client", "project"),
    "receivables": ("client",),
    "utilisation": ("member", "week", "month"),
    "gaps": ("member", "day", "week", "month"),
}
NARROWED_BY: Mapping[str, Sequence[str]] = {
    "time": ("client", "project", "task", "member", "tag", "billable"),
    "unbilled": ("client", "project"),
    "revenue": ("client",),
    "profitability": ("client", "project"),
    "receivables": ("client",),
    "utilisation": ("member",),
    "gaps": ("member",),
}
OF_TODAY = ("unbilled", "receivables")
"""Kinds that tell how things stand, and are compared with nothing."""

OF_FISCAL_YEARS = ("revenue", "profitability")
"""Kinds that are of this fiscal year where nobody says; others are of this month."""


@dataclass(frozen=True)
class Questions:
    """Chance asks for reports of a house, and holds each against what is true of it."""

    door: InProcess
    told: Told
    chance: random.Random

    async def ask(self, kind: str) -> None:
        """Ask for a report by some of what it can be grouped by, of everything or narrowed."""
        some = GROUPED_BY[kind]
        by = self.chance.sample(some, self.chance.randint(1, min(len(some), 4)))
        days, wanted = self._some_days(kind), self._some_things(kind)
        report = await self._report(kind, by, days, wanted, limit=NO_LIMIT)
        if days is None and kind not in OF_TODAY:
            days = self._usual_days(kind)
            assert (report["first_day"], report["last_day"]) == tuple(map(str, days))
        truth = self._truth(kind, by, days or ALWAYS, wanted)
        before = None
        if kind not in OF_TODAY:
            assert days is not None
            before = self._truth(kind, (), days_before(days), wanted, is_before=True)
        agree(report, truth, before, self.told.names)
        agree_on_order(report, truth)
        if len(report["rows"]) > 1:
            limit = self.chance.randrange(1, len(report["rows"]))
            short = await self._report(kind, by, days, wanted, limit=limit)
            agree_on_others(short, report, limit, truth, self.told.names)

    async def _report(
        self,
        kind: str,
        groupings: Sequence[str],
        days: Days | None,
        wanted: Mapping[str, Any],
        *,
        limit: int,
    ) -> Mapping[str, Any]:
        given: dict[str, Any] = {"kind": kind, "group_by": ", ".join(groupings), "limit": limit}
        if days is not None:
            given["period"] = f"{days[0]}..{days[1]}"
        report: Mapping[str, Any] = await self.door.call("report", **given, **wanted)
        return report

    def _truth(
        self,
        kind: str,
        groupings: Sequence[str],
        days: Days,
        wanted: Mapping[str, Any],
        *,
        is_before: bool = False,
    ) -> Truth:
        facts = facts_of(kind, self.told, days, is_before=is_before)
        return grouped(narrowed(facts, wanted), groupings)

    def _some_things(self, kind: str) -> dict[str, Any]:
        """Return what a report is narrowed by, if at all: what some entry is of."""
        keys = self.told.keys_of(*self.chance.choice(self.told.entries))
        keys["tag"] = self.chance.choice(["Web", *keys["tags"]])
        known = [one for one in NARROWED_BY[kind] if keys[one] is not None]
        names = self.chance.sample(known, min(self.chance.choice([0, 0, 1, 1, 2]), len(known)))
        return {name: keys[name] for name in names}

    def _some_days(self, kind: str) -> Days | None:
        first = FIRST_DAY + timedelta(days=self.chance.randrange(340))
        until_now = first, self.told.today + DAY * self.chance.randint(-1, 3)
        some = (*[None] * (2 if kind in OF_TODAY else 1), self._any_days(), until_now)
        return None if kind == "receivables" else self.chance.choice([*some, self._months()])

    def _any_days(self) -> Days:
        first = FIRST_DAY + timedelta(days=self.chance.randrange(250))
        return first, first + timedelta(days=self.chance.randrange(1, 100))

    def _months(self) -> Days:
        first = date(2026, self.chance.randint(1, 10), 1)
        last = first + timedelta(days=self.chance.choice([28, 59, 100]))
        return first, _last_of_month(last)

    def _usual_days(self, kind: str) -> Days:
        first = self.told.today.replace(day=1)
        if kind not in OF_FISCAL_YEARS:
            return first, _last_of_month(first)
        while first.month != self.told.settings["fiscal_year_start"]:
            first = (first - DAY).replace(day=1)
        return first, first.replace(year=first.year + 1) - DAY


def facts_of(kind: str, told: Told, days: Days, *, is_before: bool) -> Iterable[Fact]:
    """Return all that a kind of report adds up."""
    match kind:
        case "time":
            return facts_of_time(told, days)
        case "unbilled":
            return facts_of_unbilled(told, days)
        case "revenue":
            return facts_of_revenue(told, days)
        case "profitability":
            return facts_of_profitability(told, days, with_limits=not is_before)
        case "receivables":
            return facts_of_receivables(told)
        case "utilisation":
            return facts_of_utilisation(told, days)
        case _:
            return facts_of_gaps(told, days)


def _last_of_month(day: date) -> date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
