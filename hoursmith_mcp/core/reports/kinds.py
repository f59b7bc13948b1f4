"""The kinds of reports: what each can be grouped and narrowed by, and what it says of a group."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, get_args

from hoursmith_mcp.core.durations import SECONDS_PER_HOUR
from hoursmith_mcp.core.quantities import QUANTITY_SCALE
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.reports.measures import AGES

KindName = Literal[
    "time", "unbilled", "revenue", "profitability", "receivables", "utilisation", "gaps"
]
Grouping = Literal["client", "project", "task", "member", "tag", "day", "week", "month"]
Narrowing = Literal["client", "project", "task", "member", "tag", "billable"]

IN_TIME: Final = ("day", "week", "month")
"""The groupings that follow each other as time does."""

OWNERS: Final[Mapping[Grouping, tuple[Grouping, ...]]] = {
    "project": ("client",),
    "task": ("client", "project"),
}
"""Whose things are: many projects and tasks are called alike, and only these tell them apart."""

_BLANKS = " ,&+"
_BETWEEN = re.compile(rf"[{_BLANKS}]+(?:and +)?")


@dataclass(frozen=True)
class Kind:
    """One kind of report.

    `usual_period` is what it is about where nobody says; one without it tells how things stand
    today, and has no period before. `notes` say what its figures leave out. Hours are kept in
    seconds; in the ten-thousandths that are told, where each figure is looked at by itself.
    """

    name: KindName
    groupings: tuple[Grouping, ...]
    usual_groupings: tuple[Grouping, ...]
    measures: tuple[str, ...]
    narrowed_by: frozenset[Narrowing]
    usual_period: str | None = None
    takes_period: bool = True
    of_money: bool = True
    of_whole_days: bool = False
    """Whether a part of somebody's day would be told as too little of it."""
    parts_per_hour: int = SECONDS_PER_HOUR
    notes: tuple[str, ...] = ()


_KINDS: Final = (
    Kind(
        "time",
        groupings=get_args(Grouping),
        usual_groupings=("project",),
        measures=("hours", "billable_hours", "billable_share"),
        narrowed_by=frozenset(get_args(Narrowing)),
        usual_period="this month",
        of_money=False,
    ),
    Kind(
        "unbilled",
        groupings=("client", "project", "task", "member", "month"),
        usual_groupings=("client",),
        measures=(
            "hours",
            "amount",
            *AGES,
            "fees",
            "hours_without_rate",
            "hours_under_fee",
            "running_hours",
        ),
        narrowed_by=frozenset({"client", "project"}),
        notes=(
            "Amounts are before tax: those of all ages, in days since the work, and fees.",
            "A fee is of no day, so it has no age and no month, and is told whatever the period.",
        ),
    ),
    Kind(
        "revenue",
        groupings=("client", "month"),
        usual_groupings=("month",),
        measures=("issued", "issued_before_tax", "received"),
        narrowed_by=frozenset({"client"}),
        usual_period="this fiscal year",
    ),
    Kind(
        "profitability",
        groupings=("client", "project"),
        usual_groupings=("project",),
        measures=(
            "hours",
            "billable_hours",
            "revenue",
            "hours_so_far",
            "revenue_so_far",
            "effective_rate",
            "fee",
            "fee_spent",
            "fee_used",
            "budget_amount",
            "budget_spent",
            "budget_amount_used",
            "budget_hours",
            "budget_hours_spent",
            "budget_hours_used",
        ),
        narrowed_by=frozenset({"client", "project"}),
        usual_period="this fiscal year",
        notes=(
            "There are no cost rates yet, so cost and margin are not told.",
            "Revenue is what invoices issued in the period say before tax, whenever the work was. "
            "What is told so far counts from each project's beginning to the period's end: the "
            "effective rate is all that was invoiced by all hours, so work that waits for its "
            "invoice lowers it; an invoice in another currency is told in a row of its own.",
            "What was spent of fees and budgets counts from the beginning, too, at the rates of "
            "each day, before rounding.",
        ),
    ),
    Kind(
        "receivables",
        groupings=("client",),
        usual_groupings=("client",),
        measures=("amount", *AGES),
        narrowed_by=frozenset({"client"}),
        takes_period=False,
        notes=("Ages are days since the due date; amounts are what is still due, tax included.",),
    ),
    Kind(
        "utilisation",
        groupings=("member", "week", "month"),
        usual_groupings=("member",),
        measures=(
            "hours",
            "billable_hours",
            "expected_hours",
            "utilisation",
            "billable_utilisation",
        ),
        narrowed_by=frozenset({"member"}),
        usual_period="this month",
        of_money=False,
        of_whole_days=True,
        notes=("Hours are expected up to today; holidays are not known.",),
    ),
    Kind(
        "gaps",
        groupings=("member", "day", "week", "month"),
        usual_groupings=("member", "day"),
        measures=("thin_days", "hours", "expected_hours", "missing_hours"),
        narrowed_by=frozenset({"member"}),
        usual_period="this month",
        of_money=False,
        of_whole_days=True,
        parts_per_hour=QUANTITY_SCALE,
        notes=(
            "All hours are those of days that have less than is expected of them; days count up to "
            "yesterday, and holidays are not known.",
        ),
    ),
)
KINDS: Final[Mapping[KindName, Kind]] = {one.name: one for one in _KINDS}


@cache
def with_owners(groupings: tuple[Grouping, ...]) -> tuple[Grouping, ...]:
    """Return groupings in their order, and behind them those that they belong to, each once."""
    told: list[Grouping] = list(groupings)
    for one in groupings:
        told += OWNERS.get(one, ())
    return tuple(dict.fromkeys(told))


def parse_groupings(kind: Kind, text: str) -> tuple[Grouping, ...]:
    """Read what to group by: "client, month".

    Raises Refusal for unknown words, those that the kind has not, and a word twice.
    """
    said = text.strip(_BLANKS).casefold().removeprefix("by ").strip(_BLANKS)
    found: list[Grouping] = []
    for word in _BETWEEN.split(said):
        known: dict[str, Grouping] = {one: one for one in kind.groupings}
        grouping = known.get(word)
        if grouping is None:
            raise Refusal(_not_by(kind, word))
        if grouping in found:
            raise Refusal(f"{quoted(text)} names {word} twice; name each once.")
        found.append(grouping)
    return tuple(found)


def refuse_narrowing(kind: Kind, given: Collection[Narrowing]) -> None:
    """Raise Refusal where a kind is to be narrowed by what it has not."""
    for one in given:
        if one not in kind.narrowed_by:
            known = ", ".join(sorted(kind.narrowed_by))
            raise Refusal(f"{kind.name} is not narrowed by {one}, only by {known}; leave it out.")


def _not_by(kind: Kind, word: str) -> str:
    ways = f"it is grouped by any of {', '.join(kind.groupings)}"
    if word in get_args(Grouping):
        return f"{kind.name} has no {word}; {ways}."
    return f"{quoted(word)} is nothing to group by; {ways}."
