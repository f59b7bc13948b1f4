"""Days with little time on them: which ones, of how many days, and of whom."""

from __future__ import annotations

from datetime import date, timedelta

from hoursmith_mcp.core.thin_days import FAMILIAR_DAYS, thin_days

FRIDAY = date(2026, 11, 20)
EACH_DAY = (8 * 3_600,) * 7
LONG_AGO = FRIDAY - timedelta(days=FAMILIAR_DAYS)


def asked_about(logged: dict[date, int]) -> list[int]:
    """Return how many days ago each day was that is asked about."""
    return [(FRIDAY - one.day).days for one in thin_days(EACH_DAY, logged, FRIDAY)]


def test_a_week_is_looked_at_from_yesterday_back() -> None:
    assert asked_about({LONG_AGO: 1}) == [1, 2, 3, 4, 5, 6, 7]


def test_nobody_is_asked_about_days_before_they_kept_their_time() -> None:
    assert asked_about({FRIDAY - timedelta(days=3): 1}) == [1, 2, 3]
    assert asked_about({}) == []


def test_half_of_what_is_expected_is_enough() -> None:
    half = {FRIDAY - timedelta(days=number): 4 * 3_600 for number in range(1, 8)}
    assert asked_about(half) == []
    assert asked_about(half | {FRIDAY - timedelta(days=2): 4 * 3_600 - 1}) == [2]
