"""Dated rates: the last one that has begun holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.rates import rate_on

DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Record:
    """A rate that starts on a day, or has always held."""

    starts_on: str | None


FIRST = Record(None)
OCTOBER = Record("2026-10-01")
DECEMBER = Record("2026-12-01")


def test_no_record_is_no_rate() -> None:
    assert rate_on([], DAY) is None


def test_the_first_record_holds_for_all_days_before() -> None:
    assert rate_on([DECEMBER, OCTOBER, FIRST], date(1900, 1, 1)) is FIRST


def test_a_record_holds_from_its_own_day_on() -> None:
    records = [DECEMBER, FIRST, OCTOBER]
    assert rate_on(records, date(2026, 9, 30)) is FIRST
    assert rate_on(records, date(2026, 10, 1)) is OCTOBER
    assert rate_on(records, date(2026, 11, 30)) is OCTOBER
    assert rate_on(records, date(2026, 12, 1)) is DECEMBER


def test_before_everything_has_begun_there_is_no_rate() -> None:
    assert rate_on([OCTOBER, DECEMBER], date(2026, 9, 30)) is None


@given(st.sets(st.integers(-400, 400)), st.integers(-400, 400))
def test_it_is_the_latest_that_has_begun(starts: set[int], offset: int) -> None:
    records = [Record((DAY + timedelta(days=days)).isoformat()) for days in starts]
    begun = [days for days in starts if days <= offset]
    expected = Record((DAY + timedelta(days=max(begun))).isoformat()) if begun else None
    assert rate_on(records, DAY + timedelta(days=offset)) == expected
