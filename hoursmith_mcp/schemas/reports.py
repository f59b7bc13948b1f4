"""Reports, as callers see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from hoursmith_mcp.core.periods import Period, describe_days
from hoursmith_mcp.core.reports.figures import Asked, Keys
from hoursmith_mcp.core.reports.kinds import KINDS, Grouping, KindName, with_owners
from hoursmith_mcp.core.reports.printing import Printed, printed
from hoursmith_mcp.core.reports.tables import Row, Table
from hoursmith_mcp.schemas.base import (
    AmountText,
    DateText,
    DecimalText,
    Hidden,
    PercentText,
    Public,
)
from hoursmith_mcp.schemas.exports import file_stem

Share = DecimalText
"""A part of the whole as a percentage: "62.5". Of hours it is no money."""


class ReportRow(Public):
    """One group of a report, or a total: what it is of, and the measures of its kind.

    Keys that a report is not grouped by, and measures that its kind has not, are absent;
    but a project is told with its client, and a task with both, as many are called alike. Hours
    are decimal text, amounts are in `currency`; both sum exactly to their totals. `week` is the
    first day of one. What is told so far, spent or used counts from the beginning to the period's
    end, and the effective rate is revenue by hours so far. A row with `others` sums that many
    groups which are not listed.
    """

    client: str | None = None
    client_id: str | None = None
    project: str | None = None
    project_id: str | None = None
    task: str | None = None
    task_id: str | None = None
    member: str | None = None
    user_id: str | None = None
    tag: str | None = None
    day: DateText | None = None
    week: DateText | None = None
    month: str | None = None
    others: int | None = None
    currency: Hidden[str] | None = None
    hours: DecimalText | None = None
    billable_hours: DecimalText | None = None
    billable_share: Share | None = None
    amount: AmountText | None = None
    current: AmountText | None = None
    days_1_to_30: AmountText | None = None
    days_31_to_60: AmountText | None = None
    days_61_to_90: AmountText | None = None
    days_over_90: AmountText | None = None
    fees: AmountText | None = None
    hours_without_rate: Hidden[DecimalText] | None = None
    hours_under_fee: Hidden[DecimalText] | None = None
    running_hours: Hidden[DecimalText] | None = None
    issued: AmountText | None = None
    issued_before_tax: AmountText | None = None
    received: AmountText | None = None
    revenue: AmountText | None = None
    hours_so_far: Hidden[DecimalText] | None = None
    revenue_so_far: AmountText | None = None
    effective_rate: AmountText | None = None
    fee: AmountText | None = None
    fee_spent: AmountText | None = None
    fee_used: PercentText | None = None
    budget_amount: AmountText | None = None
    budget_spent: AmountText | None = None
    budget_amount_used: PercentText | None = None
    budget_hours: Hidden[DecimalText] | None = None
    budget_hours_spent: Hidden[DecimalText] | None = None
    budget_hours_used: PercentText | None = None
    expected_hours: DecimalText | None = None
    utilisation: Share | None = None
    billable_utilisation: Share | None = None
    missing_hours: DecimalText | None = None
    thin_days: int | None = None


class Report(Public):
    """A report: a row for each group, and a total for each currency.

    Rows are in the order of time, where they are grouped by it, then by currency, then the largest
    first. What is not listed is the oldest there, and the smallest otherwise. `totals_before` are
    those of `period_before`.
    """

    tabled: ClassVar[str | None] = "rows"

    kind: Literal[
        "time", "unbilled", "revenue", "profitability", "receivables", "utilisation", "gaps"
    ]
    group_by: list[str]
    as_of: DateText
    period: str | None = None
    first_day: DateText | None = None
    last_day: DateText | None = None
    rows: list[ReportRow]
    totals: list[ReportRow]
    period_before: str | None = None
    totals_before: list[ReportRow] | None = None
    notes: list[str] = []
    available_actions: list[str] = []

    @staticmethod
    def file_name(answer: Mapping[str, Any]) -> str:
        """Return what a file with its table is called: "time-2026-10", "receivables-2026-11-23"."""
        return file_stem(answer["kind"], answer.get("period", answer["as_of"]))

    @staticmethod
    def column_names(answer: Mapping[str, Any]) -> Collection[str]:
        """Return what its rows are of, and all measures of its kind, whatever rows there are."""
        kind = KINDS[answer["kind"]]
        groupings = with_owners(tuple(one for one in kind.groupings if one in answer["group_by"]))
        keys = (name for one in groupings for name in FIELDS[one] if name is not None)
        return {*keys, "others", *(["currency"] if kind.of_money else []), *kind.measures}


FIELDS: Final[Mapping[Grouping, tuple[str, str | None]]] = {
    "client": ("client", "client_id"),
    "project": ("project", "project_id"),
    "task": ("task", "task_id"),
    "member": ("member", "user_id"),
    "tag": ("tag", None),
    "day": ("day", None),
    "week": ("week", None),
    "month": ("month", None),
}
"""The fields of a row that say what it is of: its name, and its id where it is a thing."""

_NEXT: Final[Mapping[KindName, Sequence[str]]] = {
    "time": ["list_time_entries"],
    "unbilled": ["preview_invoice", "set_rate"],
    "revenue": ["list_invoices"],
    "profitability": ["list_unbilled", "update_project"],
    "receivables": ["list_unpaid_invoices", "record_payment"],
    "utilisation": ["update_member"],
    "gaps": ["log_time", "update_member"],
}


def report_out(asked: Asked, table: Table, before: tuple[Period, Table] | None) -> Report:
    """Show a report, beside the totals of the period before where it is compared."""
    rows, totals = _rows(asked, table)
    period = asked.period
    return Report(
        kind=asked.kind.name,
        group_by=[*asked.groupings],
        as_of=asked.today.isoformat(),
        period=describe_days(period) if period is not None else None,
        first_day=period.first.isoformat() if period is not None and not period.is_open else None,
        last_day=period.last.isoformat() if period is not None else None,
        rows=rows,
        totals=totals,
        period_before=describe_days(before[0]) if before is not None else None,
        totals_before=_rows(asked, before[1])[1] if before is not None else None,
        notes=[*asked.kind.notes],
        available_actions=[*_NEXT[asked.kind.name]],
    )


def _rows(asked: Asked, table: Table) -> tuple[list[ReportRow], list[ReportRow]]:
    rows, totals = printed(table, asked.kind.measures, asked.kind.parts_per_hour)
    return (
        [_row(row, said) for row, said in zip(table.rows, rows, strict=True)],
        [_row(row, said) for row, said in zip(table.totals, totals, strict=True)],
    )


def _row(row: Row, said: Printed) -> ReportRow:
    fields = {**_named(row.keys), "others": row.others or None, "currency": row.currency, **said}
    return ReportRow.model_validate(fields)


def _named(keys: Keys) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for grouping, key in keys.items():
        label, id_ = FIELDS[grouping]
        found[label] = key.label
        if id_ is not None:
            found[id_] = key.id
    return found
