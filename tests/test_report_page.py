"""A report as a page: its sums are last, and beside them those of the period before."""

from __future__ import annotations

from typing import Any

from hoursmith_mcp.report_page import report_written

REVENUE: dict[str, Any] = {
    "kind": "revenue",
    "group_by": ["client"],
    "as_of": "2026-11-20",
    "period": "2026-10",
    "first_day": "2026-10-01",
    "last_day": "2026-10-31",
    "rows": [
        {"client": "A | B", "client_id": "cl_1", "currency": "EUR", "issued": "5.00"},
        {"others": 2, "currency": "EUR", "issued": "1.00", "received": "2.00"},
    ],
    "totals": [{"currency": "EUR", "issued": "6.00", "received": "2.00"}],
    "period_before": "2026-09",
    "totals_before": [{"currency": "EUR", "issued": "4.00"}],
    "notes": ["Only what was issued.", "And paid."],
    "available_actions": ["list_invoices"],
}

PAGE = """\
# Revenue by client

2026-10: 2026-10-01 to 2026-10-31. As of 2026-11-20.

| Client | Currency | Issued | Received |
| --- | --- | ---: | ---: |
| A \\| B | EUR | 5.00 |  |
| 2 others | EUR | 1.00 | 2.00 |
| **Sum** | EUR | 6.00 | 2.00 |
| *2026-09* | EUR | 4.00 |  |

- Only what was issued.
- And paid.

Next: `list_invoices`
"""


def test_a_report_ends_with_its_sums_and_those_of_the_period_before() -> None:
    assert report_written(REVENUE) == PAGE


def test_a_group_without_a_name_is_called_so_and_percentages_say_that_they_are() -> None:
    rows = [{"hours": "3", "billable_share": "50"}, {"task": "T", "project": "P", "hours": "1"}]
    page = report_written(
        {**REVENUE, "kind": "time", "group_by": ["task"], "rows": rows, "totals_before": []}
    )
    assert "| Project | Task | Currency | Hours | Billable share % | Issued | Received |" in page
    assert "|  | no task |  | 3 | 50 |" in page
    assert "There is nothing of 2026-09 to compare with." in page


def test_what_is_left_of_one_group_is_one_other() -> None:
    page = report_written({**REVENUE, "rows": [{"others": 1, "issued": "1.00"}]})
    assert "| 1 other |" in page


def test_a_report_of_nothing_says_so() -> None:
    nothing: dict[str, Any] = {
        **REVENUE,
        "rows": [],
        "totals": [],
        "totals_before": [],
        "period": "x..y",
    }
    page = report_written(nothing)
    assert "\n2026-10-01 to 2026-10-31. As of 2026-11-20.\n\nThere is nothing.\n\n" in page
    assert "|" not in page


def test_a_report_without_a_first_day_says_until_when_it_is() -> None:
    until = {**REVENUE, "period": "until 2026-10-31"}
    for name in ("first_day", "period_before", "totals_before"):
        del until[name]
    page = report_written(until)
    assert "\nUntil 2026-10-31. As of 2026-11-20.\n" in page
    assert "| **Sum** | EUR | 6.00 | 2.00 |\n\n- Only what was issued." in page
