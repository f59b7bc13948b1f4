"""What of a project's time is charged for: the nearest flag wins."""

from __future__ import annotations

import pytest

from hoursmith_mcp.core.billing import is_billable


@pytest.mark.parametrize(
    ("asked", "task", "rate_type", "billable"),
    [
        (None, None, "HOURLY", True),
        (None, None, "FIXED", True),
        (None, None, "NON_BILLABLE", False),
        (None, False, "HOURLY", False),
        (None, True, "NON_BILLABLE", True),
        (True, False, "NON_BILLABLE", True),
        (False, True, "HOURLY", False),
    ],
)
def test_the_entry_decides_then_its_task_then_its_project(
    asked: bool | None, task: bool | None, rate_type: str, billable: bool
) -> None:
    assert is_billable(asked, rate_type=rate_type, task_billable=task) is billable
