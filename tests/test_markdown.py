"""Answers as Markdown: readable, whole, and safe whatever people wrote."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.markdown import as_markdown, escaped, fenced

INVOICE: dict[str, Any] = {
    "id": "inv_1",
    "number": "INV-7",
    "client_id": "cl_1",
    "overdue": True,
    "total": "12.00",
    "tags": ["a", "b"],
    "lines": [
        {"id": "il_1", "description": "Design", "quantity": "2", "amount": "10.00"},
        {"id": "il_2", "description": "Care | love", "quantity": "1", "unit": "piece"},
    ],
    "payments": [],
    "unbilled": {"entries": 2, "hours": "3.5"},
    "notes": "Thank you.\nSee you.",
    "warnings": ["No address | yet."],
    "created_at": "2026-11-20T09:30:00Z",
    "available_actions": ["send_invoice", "get_invoice"],
}

PAGE = """\
# Invoice INV-7

> **Note:** No address \\| yet.

|  |  |
| --- | --- |
| ID | inv_1 |
| Number | INV-7 |
| Overdue | yes |
| Total | 12.00 |
| Tags | a, b |

## Lines

| Description | Quantity | Amount | Unit | ID |
| --- | ---: | ---: | --- | --- |
| Design | 2 | 10.00 |  | il_1 |
| Care \\| love | 1 |  | piece | il_2 |

## Payments

None.

## Unbilled

|  |  |
| --- | --- |
| Entries | 2 |
| Hours | 3.5 |

## Notes

```text
Thank you.
See you.
```

Next: `send_invoice`, `get_invoice`
"""


def test_an_answer_is_a_page_with_facts_lists_and_what_is_next() -> None:
    assert as_markdown("Invoice", INVOICE, named_by=("number", "name")) == PAGE


def test_an_answer_without_a_name_has_its_title_alone() -> None:
    assert as_markdown("Overview", {"today": "2026-11-20"}).startswith("# Overview\n\n| ")
    assert as_markdown("Nothing", {}) == "# Nothing\n"


def test_objects_within_rows_are_told_in_their_cell() -> None:
    changes = [{"field": "name", "after": "B"}, {"field": "color", "before": "x"}]
    page = as_markdown("Activity", {"activity": [{"what": "changed", "changes": changes}]})
    assert "| changed | Field: name; After: B / Field: color; Before: x |" in page


def rows_of(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ")]


@given(st.text())
def test_no_text_in_a_line_leaves_its_cell_or_becomes_a_mark(text: str) -> None:
    line = " ".join(text.splitlines())
    page = as_markdown("Page", {"note": line, "after": "end"})
    fact = [row for row in page.split("\n") if row.startswith("| Note")]
    assert len(fact) == (1 if line == line.strip("\n") else len(fact))
    bare = re.sub(r"\\.", "", fact[0] if fact else "| Note |  |")
    assert bare.count("|") == 3
    assert not set("`*[]<>~&") & set(bare)
    assert rows_of(page)[-1] == "| After | end |"


@given(st.text(alphabet="`\n ~a", min_size=1))
def test_no_text_of_several_lines_closes_its_fence(text: str) -> None:
    fence, *inside, end = fenced(text).split("\n")
    assert fence == end + "text"
    assert "\n".join(inside) == text
    assert all(end not in line for line in inside)


def test_what_begins_a_block_or_a_heading_is_escaped() -> None:
    for text in ("- item", "+ item", "1. item", "2) item", "=== x", "# heading", "---"):
        assert escaped(text).startswith(("\\", "1\\", "2\\")), text
    assert escaped("1. item") == "1\\. item"
    assert escaped("3025.00 EUR") == "3025.00 EUR"
    assert escaped("a\nb") == "a ⏎ b"
    assert escaped("IN_PROGRESS _so_") == "IN_PROGRESS \\_so\\_"


def test_a_call_that_is_offered_reads_as_one() -> None:
    call = {"tool": "get_invoice", "arguments": {"invoice": "A|1`", "paused": False}}
    shown = as_markdown("Overview", {"to_do": [{"what": "Remind them", "next_call": call}]})
    assert '| Remind them | get_invoice(invoice="A\\|1\\`", paused=false) |' in shown
    thin = {"tool": "log_time", "arguments": {"date": "2026-11-19"}, "needs": ["duration"]}
    shown = as_markdown("Overview", {"to_do": [{"what": "Log", "next_call": thin}]})
    assert '| Log | log_time(date="2026-11-19", duration=…) |' in shown
