"""A report says what is true, and what it prints adds up: held against what was found by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from billing_oracle import half_away
from random_houses import DECIMALS
from report_truth import AGES, Group, Truth, nothing

TEN_THOUSANDTH = Fraction(1, 10_000)
"""What is lost of hours that are rounded to four decimals."""

MADE_OF = {
    "billable_share": ("billable_hours", "hours"),
    "effective_rate": ("revenue_so_far", "hours_so_far"),
    "fee_used": ("fee_spent", "fee"),
    "budget_amount_used": ("budget_spent", "budget_amount"),
    "budget_hours_used": ("budget_hours_spent", "budget_hours"),
    "utilisation": ("hours", "expected_hours"),
    "billable_utilisation": ("billable_hours", "expected_hours"),
}
"""What is no sum, and the two of which it is made."""

THINGS = {"client": "client_id", "project": "project_id", "task": "task_id", "member": "user_id"}
TIMES = ("day", "week", "month")
KEYS = {*THINGS, *THINGS.values(), *TIMES, "tag", "currency", "others"}
LARGEST_BY = {"revenue": "issued", "receivables": "amount", "gaps": "thin_days"}
"""What decides which row is the largest; elsewhere hours do."""


def agree(
    report: Mapping[str, Any], truth: Truth, before: Truth | None, names: Mapping[str, str]
) -> None:
    """See that a report says what is true, and that its printed parts sum to its printed totals.

    `before` is the truth of the period before, by any groups; None where there is none.
    """
    _agree_on_rows(report, truth, names)
    _agree_on_totals(report["totals"], truth, _lost(report) / 2)
    sums = nothing()
    for row in report["rows"]:
        for name in _measured(row):
            sums[row.get("currency"),][name] += Fraction(row[name])
    assert sums == {
        (row.get("currency"),): {name: Fraction(row[name]) for name in _measured(row)}
        for row in report["totals"]
    }
    if before is None:
        assert "totals_before" not in report
    else:
        _agree_on_totals(report["totals_before"], before, _lost(report) / 2)


def agree_on_order(report: Mapping[str, Any], truth: Truth) -> None:
    """See that rows follow time, then currencies, and that the largest come first."""
    by = LARGEST_BY.get(report["kind"], "hours")
    placed = [
        (
            _times(report, row),
            row.get("currency", ""),
            -truth[_place(report, row)].get(by, Fraction(0)),
        )
        for row in report["rows"]
    ]
    assert placed == sorted(placed)


def agree_on_others(
    short: Mapping[str, Any],
    whole: Mapping[str, Any],
    limit: int,
    truth: Truth,
    names: Mapping[str, str],
) -> None:
    """See that a report that is cut says of its rows what the whole one does, and sums the others.

    What follows time loses its oldest rows, and of those of one time the smallest; all else the
    smallest. Which of equal ones are listed is no matter.
    """
    places = [_place(whole, row) for row in whole["rows"]]
    listed = [_place(short, row) for row in short["rows"] if "others" not in row]
    kept = [place for place in places if place in listed]
    assert listed == kept
    ranks = {
        place: (
            *_times(whole, row),
            place[-1],
            truth[place][LARGEST_BY.get(whole["kind"], "hours")],
        )
        for place, row in zip(places, whole["rows"], strict=True)
    }
    # The whole report puts the largest first where rows do not follow time.
    latest_first = [
        _place(whole, row)
        for row in sorted(whole["rows"], key=lambda row: _times(whole, row), reverse=True)
    ]
    assert Counter(ranks[one] for one in kept) == Counter(
        ranks[one] for one in latest_first[:limit]
    )
    cut = nothing()
    cut |= {place: truth[place] for place in kept}
    others = [place for place in places if place not in kept]
    for place in others:
        for name, value in truth[place].items():
            cut["others", place[-1]][name] += value
    assert Counter(place[-1] for place in others) == {
        row.get("currency"): row["others"] for row in short["rows"] if "others" in row
    }
    _agree_on_rows(short, cut, names)
    assert short["totals"] == whole["totals"]


def _agree_on_rows(report: Mapping[str, Any], truth: Truth, names: Mapping[str, str]) -> None:
    told = {_place(report, row): row for row in report["rows"]}
    assert len(told) == len(report["rows"]), "a group comes twice"
    assert told.keys() == truth.keys()
    for place, row in told.items():
        _agree_on_names(row, names)
        _agree_within(row)
        _agree_on_ratios(row, truth[place], place)
        # A total is rounded, and then each row to whole units of its share.
        _agree_on_measures(row, truth[place], place, _lost(report) * Fraction(3, 2))


def _agree_on_totals(totals: Sequence[Mapping[str, Any]], truth: Truth, slack: Fraction) -> None:
    exact = nothing()
    for place, values in truth.items():
        for name, value in values.items():
            exact[place[-1],][name] += value
    told = {(row.get("currency"),): row for row in totals}
    assert told.keys() == exact.keys()
    for place, row in told.items():
        _agree_within(row)
        _agree_on_ratios(row, exact[place], place)
        _agree_on_measures(row, exact[place], place, slack)


def _agree_on_measures(
    row: Mapping[str, Any], true: Mapping[str, Fraction], place: Group, slack: Fraction
) -> None:
    for name in {*_measured(row), *true}:
        off = abs(Fraction(row.get(name, 0)) - true.get(name, 0))
        assert off <= (slack if "hours" in name else 0), (place, name)


def _agree_on_names(row: Mapping[str, Any], names: Mapping[str, str]) -> None:
    for thing, id_ in THINGS.items():
        if id_ in row:
            assert row[thing] == names[row[id_]]


def _agree_within(row: Mapping[str, Any]) -> None:
    """See that a row's own parts sum to what they are parts of."""
    if "amount" in row:
        parts = sum(Fraction(row.get(name, 0)) for name in (*AGES, "fees"))
        assert Fraction(row["amount"]) == parts, row
    if "missing_hours" in row:
        parts = Fraction(row["hours"]) + Fraction(row["missing_hours"])
        assert Fraction(row["expected_hours"]) == parts, row


def _agree_on_ratios(row: Mapping[str, Any], true: Mapping[str, Fraction], place: Group) -> None:
    for name, (part, whole) in MADE_OF.items():
        if name not in row:
            continue
        assert true.get(whole), name
        decimals = 2
        ratio = true.get(part, Fraction(0)) / true[whole]
        if name == "effective_rate":
            decimals = DECIMALS[place[-1] or ""]
        else:
            ratio *= 100
        assert Fraction(row[name]) == Fraction(half_away(ratio * 10**decimals), 10**decimals), name


def _place(report: Mapping[str, Any], row: Mapping[str, Any]) -> Group:
    if "others" in row:
        return "others", row.get("currency")
    groupings: Sequence[str] = report["group_by"]
    return (*(row.get(THINGS.get(one, one)) for one in groupings), row.get("currency"))


def _times(report: Mapping[str, Any], row: Mapping[str, Any]) -> list[tuple[bool, str]]:
    times = [one for one in report["group_by"] if one in TIMES]
    return [(one not in row, row.get(one, "")) for one in times]


def _lost(report: Mapping[str, Any]) -> Fraction:
    """Return a ten-thousandth, which hours may be off; those of a day by itself are as told."""
    return Fraction(0) if report["kind"] == "gaps" else TEN_THOUSANDTH


def _measured(row: Mapping[str, Any]) -> list[str]:
    return [name for name in row if name not in KEYS and name not in MADE_OF]
