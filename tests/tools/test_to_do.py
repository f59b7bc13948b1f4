"""What waits for somebody, in words: of what, for how long, in which order, and how many more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import Fee, OpenWork, Unpriced, standard_bill
from hoursmith_mcp.core.instants import load_zone, wall_time_us
from hoursmith_mcp.core.rounding import RoundingPolicy
from hoursmith_mcp.schemas.to_do import draft_to_do, overdue_to_do, unbilled_to_do
from hoursmith_mcp.store.tables import Invoice

FRIDAY = date(2026, 11, 20)
HOUR = 3_600
BERLIN = load_zone("Europe/Berlin")
NO_RATE = Unpriced("1", "p", "App", None, None, "m", "Mia", FRIDAY, HOUR, "")
TIME = BillableTime(
    **vars(NO_RATE),
    rate=900_000,
    rate_id="r",
    tax_rate=0,
    tax_category="Z",
    policy=RoundingPolicy(0, "nearest", "entry"),
)
FEE = Fee("f", "Logo", 50_000)
ACME = OpenWork("cl", "Acme", "EUR", 0)


def days_ago(number: int) -> date:
    return FRIDAY - timedelta(days=number)


def invoice(id_: str, *, due: date | None = None, at: date = FRIDAY) -> Invoice:
    """Return an invoice over 100.00 EUR, of which 40.00 came, that was made on a day's morning."""
    values: dict[str, Any] = {
        "id": id_,
        "number": f"N{id_}",
        "bill_to_name": "Acme",
        "currency": "EUR",
        "due_date": due.isoformat() if due is not None else None,
        "created_at": wall_time_us(at, 30, BERLIN),
        "total": 10_000,
        "paid": 4_000,
        **dict.fromkeys(("refunded", "credited", "written_off"), 0),
    }
    return Invoice(**values)


@pytest.mark.parametrize(
    ("days", "reminder"),
    [
        (1, "a friendly reminder."),
        (13, "a friendly reminder."),
        (14, "a plain reminder."),
        (30, "a plain reminder."),
        (31, "a firm reminder with a last date."),
    ],
)
def test_the_longer_it_is_overdue_the_firmer_is_the_reminder(days: int, reminder: str) -> None:
    [told] = overdue_to_do([invoice("1", due=days_ago(days))], FRIDAY)
    assert told.what == f"Acme owes 60.00 EUR of N1: send {reminder}"
    assert told.days == days


def test_what_is_due_today_or_never_is_not_overdue() -> None:
    assert overdue_to_do([invoice("1", due=FRIDAY), invoice("2")], FRIDAY) == []


@pytest.mark.parametrize(
    ("many", "more"), [(3, []), (4, ["1 more draft."]), (5, ["2 more drafts."])]
)
def test_three_of_a_sort_are_told_and_the_others_counted(many: int, more: list[str]) -> None:
    drafts = [invoice(str(number), at=days_ago(number)) for number in range(many)]
    told = draft_to_do(drafts, FRIDAY, BERLIN)
    assert [one.days for one in told[:3]] == [many - 1, many - 2, many - 3]
    assert [one.what for one in told[3:]] == more


@pytest.mark.parametrize(
    ("work", "says", "tool"),
    [
        ({"times": (TIME,)}, "can be billed 90.00 EUR: 1 h.", "preview_invoice"),
        ({"fees": (FEE,)}, "can be billed 500.00 EUR: fees.", "preview_invoice"),
        (
            {"times": (TIME,), "fees": (FEE,)},
            "can be billed 590.00 EUR: 1 h and fees.",
            "preview_invoice",
        ),
        (
            {"times": (TIME,), "unpriced": (NO_RATE,)},
            "can be billed 90.00 EUR: 2 h, 1 h of it without a rate.",
            "list_unbilled",
        ),
        ({"unpriced": (NO_RATE,)}, "cannot be billed yet: 1 h have no rate.", "list_unbilled"),
        (
            {"unpriced": (NO_RATE,), "currency": None},
            "cannot be billed yet: 1 h have no rate.",
            "list_unbilled",
        ),
    ],
)
def test_open_work_is_told_with_what_bills_it_or_stops_it(
    work: dict[str, Any], says: str, tool: str
) -> None:
    open_work = replace(ACME, **work)
    [told] = unbilled_to_do([(open_work, standard_bill(open_work))], FRIDAY)
    assert told.what == f"Acme {says}"
    assert told.next_call is not None
    assert told.next_call.tool == tool


def test_the_oldest_work_comes_first_and_fees_come_last() -> None:
    def days(*works: OpenWork) -> Sequence[int | None]:
        return [
            one.days
            for one in unbilled_to_do([(work, standard_bill(work)) for work in works], FRIDAY)
        ]

    old, late = replace(TIME, day=days_ago(9)), replace(NO_RATE, day=days_ago(5))
    assert days(
        replace(ACME, fees=(FEE,)),
        replace(ACME, unpriced=(late, NO_RATE)),
        replace(ACME, times=(TIME, old)),
    ) == [9, 5, None]
