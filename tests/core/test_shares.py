"""Shares are fair to the last unit, and always sum to the whole."""

from __future__ import annotations

import pytest
from billing_oracle import spread
from hypothesis import example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.shares import share


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (100, [1, 1], [50, 50]),
        (100, [1, 1, 1], [34, 33, 33]),
        (200, [1, 1, 1], [67, 67, 66]),
        (100, [1, 5, 5], [9, 46, 45]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (-1, [1, 1], [-1, 0]),
        (1, [1, 2], [0, 1]),
        (5, [1] * 10, [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]),
        (7, [0, 0, 0], [7, 0, 0]),
        (7, [0, 3, 0], [0, 7, 0]),
        (0, [3, 4], [0, 0]),
        (10, [120, -20], [12, -2]),
        (5, [7], [5]),
        (0, [], []),
    ],
)
def test_what_is_left_goes_to_those_that_lost_most(
    total: int, weights: list[int], shares: list[int]
) -> None:
    assert share(total, weights) == shares


def test_something_cannot_be_shared_among_nobody() -> None:
    with pytest.raises(ValueError, match="nobody"):
        share(1, [])


@given(st.integers(), st.lists(st.integers(0, 10**6), min_size=1))
@example(5, [1] * 10)
def test_shares_sum_to_the_whole_and_are_those_of_fractions(total: int, weights: list[int]) -> None:
    shares = share(total, weights)
    assert sum(shares) == total
    assert shares == spread(total, weights)
    whole = sum(weights)
    if whole:
        for part, weight in zip(shares, weights, strict=True):
            assert abs(part * whole - total * weight) < whole, "less than a unit off"
