"""What a webhook is told of, and whether it would be more than before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hoursmith_mcp.core.subscriptions import Subscription

KNOWN = ("client.created", "invoice.paid", "invoice.sent", "task.created")
NOW = Subscription("https://one.example/", ("invoice.*",), ("pr_1", "pr_2"), thin=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://other.example/"},
        {"patterns": ("*",)},
        {"patterns": ("invoice.paid", "task.created")},
        {"projects": ()},
        {"projects": ("pr_1", "pr_3")},
        {"thin": False},
        {"patterns": ("invoice.paid",), "projects": ()},
    ],
)
def test_another_place_and_anything_beside_what_is_told_is_more(changed: dict[str, Any]) -> None:
    assert replace(NOW, **changed).tells_more_than(NOW, KNOWN)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"patterns": ("invoice.paid",)},
        {"patterns": ("invoice.paid", "invoice.sent")},
        {"projects": ("pr_2",)},
        {"projects": ("pr_2", "pr_1")},
    ],
)
def test_the_same_and_a_part_of_it_are_not(changed: dict[str, Any]) -> None:
    assert not replace(NOW, **changed).tells_more_than(NOW, KNOWN)


def test_some_projects_are_less_than_all() -> None:
    of_all = replace(NOW, projects=())
    assert not NOW.tells_more_than(of_all, KNOWN)
    assert NOW.types(KNOWN) == ["invoice.paid", "invoice.sent"]
