"""What is due is aged by the days since it should have come, currency by currency."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.ageing import BUCKETS, Receivable, aged, bucket

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("days_over", "name"),
    [
        (-400, "current"),
        (-1, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91+"),
        (4_000, "91+"),
    ],
)
def test_money_is_current_until_the_day_after_it_was_due(days_over: int, name: str) -> None:
    assert bucket(TODAY - timedelta(days=days_over), TODAY) == name


def test_currencies_are_never_summed_and_every_bucket_is_named() -> None:
    items = [
        Receivable("USD", 500, TODAY - timedelta(days=45)),
        Receivable("EUR", 1_000, TODAY),
        Receivable("EUR", 20, TODAY - timedelta(days=1)),
        Receivable("EUR", 3, TODAY - timedelta(days=30)),
    ]
    sums = aged(items, TODAY)
    assert list(sums) == ["EUR", "USD"]
    assert sums["EUR"] == {"current": 1_000, "1-30": 23, "31-60": 0, "61-90": 0, "91+": 0}
    assert sums["USD"] == {"current": 0, "1-30": 0, "31-60": 500, "61-90": 0, "91+": 0}
    assert list(sums["USD"]) == list(BUCKETS)


def test_nothing_due_is_no_currency() -> None:
    assert aged([], TODAY) == {}


@given(
    st.lists(
        st.builds(
            Receivable,
            st.sampled_from(["EUR", "JPY"]),
            st.integers(1, 10**9),
            st.dates(date(2026, 6, 1), date(2027, 2, 1)),
        )
    )
)
def test_no_money_is_lost_between_buckets(items: list[Receivable]) -> None:
    sums = aged(items, TODAY)
    for currency in {item.currency for item in items}:
        due = sum(item.due_minor for item in items if item.currency == currency)
        assert sum(sums[currency].values()) == due
