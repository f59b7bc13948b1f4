"""Time is rounded for billing alone, to the minutes and the way that were agreed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from billing_oracle import rounded
from hypothesis import given
from hypothesis import strategies as st
from random_invoices import policies

from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.rounding import (
    DEFAULT_ROUNDING,
    INCREMENTS,
    RoundingPolicy,
    first_policy,
    round_seconds,
)

MINUTE = 60


@pytest.mark.parametrize(
    ("mode", "seconds", "billed"),
    [
        ("up", 0, 0),
        ("up", 1, 15 * MINUTE),
        ("up", 15 * MINUTE, 15 * MINUTE),
        ("up", 15 * MINUTE + 1, 30 * MINUTE),
        ("nearest", 449, 0),
        ("nearest", 450, 15 * MINUTE),
        ("nearest", 15 * MINUTE + 449, 15 * MINUTE),
        ("nearest", 15 * MINUTE + 450, 30 * MINUTE),
        ("down", 15 * MINUTE - 1, 0),
        ("down", 15 * MINUTE, 15 * MINUTE),
        ("down", 30 * MINUTE - 1, 15 * MINUTE),
    ],
)
def test_rounds_up_to_the_nearest_or_down_to_quarters(mode: Any, seconds: int, billed: int) -> None:
    assert round_seconds(seconds, RoundingPolicy(15, mode, "entry")) == billed


@given(st.integers(0, 10**6), policies)
def test_rounding_is_that_of_fractions(seconds: int, policy: RoundingPolicy) -> None:
    assert round_seconds(seconds, policy) == rounded(seconds, policy.minutes, policy.mode)


def test_no_minutes_leave_time_as_it_is() -> None:
    assert round_seconds(3_601, RoundingPolicy(0, "up", "entry")) == 3_601


def test_every_increment_of_the_trade_can_be_chosen() -> None:
    assert INCREMENTS == (0, 1, 5, 6, 10, 15, 30, 60)
    for minutes in INCREMENTS[1:]:
        policy = RoundingPolicy(minutes, "up", "line")
        assert round_seconds(minutes * MINUTE + 1, policy) == 2 * minutes * MINUTE


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: RoundingPolicy(7, "up", "entry"),
            "Time cannot be rounded to 7 minutes; choose 0, 1, 5, 6, 10, 15, 30 or 60, where 0 "
            "leaves it as it is.",
        ),
        (
            lambda: RoundingPolicy(-15, "up", "entry"),
            "Time cannot be rounded to -15 minutes; choose 0, 1, 5, 6, 10, 15, 30 or 60, where 0 "
            "leaves it as it is.",
        ),
        (
            lambda: RoundingPolicy(15, "sideways", "entry"),  # type: ignore[arg-type]
            'Time is not rounded "sideways"; choose up, nearest or down.',
        ),
        (
            lambda: RoundingPolicy(15, "up", "week"),  # type: ignore[arg-type]
            'Time is not rounded per "week"; choose entry or line.',
        ),
    ],
)
def test_other_choices_are_refused_with_those_there_are(
    make: Callable[[], RoundingPolicy], sentence: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        make()
    assert str(refusal.value) == sentence


def test_a_project_goes_before_its_client_and_a_client_before_the_organisation() -> None:
    project, client = RoundingPolicy(6, "up", "entry"), RoundingPolicy(30, "down", "line")
    organization = RoundingPolicy(60, "nearest", "entry")
    assert first_policy(project, client, organization) == project
    assert first_policy(None, client, organization) == client
    assert first_policy(None, None, organization) == organization


def test_without_any_policy_time_is_rounded_up_to_quarters_per_entry() -> None:
    assert first_policy(None, None, None) == DEFAULT_ROUNDING == RoundingPolicy(15, "up", "entry")


def test_time_as_it_is_is_a_policy_of_its_own() -> None:
    exact = RoundingPolicy(0, "up", "entry")
    assert first_policy(exact, DEFAULT_ROUNDING) == exact
