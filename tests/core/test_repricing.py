"""What another price or rounding changes of open work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import OpenWork
from hoursmith_mcp.core.repricing import AmountChange, Repricing, repricing
from hoursmith_mcp.core.rounding import RoundingPolicy

EXACT = RoundingPolicy(0, "up", "entry")


def time(id: str, seconds: int, rate: int = 900_000) -> BillableTime:
    return BillableTime(
        id=id,
        project_id="pr_1",
        project="Website",
        task_id=None,
        task=None,
        member_id="mem_1",
        member="Ada",
        day=date(2026, 11, 20),
        seconds=seconds,
        note="",
        rate=rate,
        rate_id="rt_1",
        tax_rate=0,
        tax_category="Z",
        policy=EXACT,
    )


def work(*times: BillableTime, currency: str | None = "EUR") -> OpenWork:
    return OpenWork("cl_1", "Acme", currency, tax_rate=0, times=times)


def test_nothing_changes_where_all_stays() -> None:
    same = [work(time("a", 3_600))]
    assert repricing(same, same) == Repricing(0, ())
    assert repricing([], []) == Repricing(0, ())


def test_another_price_counts_the_entries_that_have_it() -> None:
    before = [work(time("a", 3_600), time("b", 1_800))]
    after = [work(time("a", 3_600), time("b", 1_800, rate=1_000_000))]
    assert repricing(before, after) == Repricing(1, (AmountChange("EUR", 13_500, 14_000),))


def test_another_record_at_the_same_price_changes_nothing() -> None:
    entry = time("a", 3_600)
    assert repricing([work(entry)], [work(replace(entry, rate_id="rt_2"))]) == Repricing(0, ())


def test_what_had_no_price_counts_from_nothing() -> None:
    assert repricing([], [work(time("a", 3_600))]) == Repricing(1, (AmountChange("EUR", 0, 9_000),))
    unknown = [work(time("a", 3_600), currency=None)]
    assert repricing(unknown, unknown) == Repricing(0, ())


def test_another_rounding_counts_the_entries_whose_billed_time_changes() -> None:
    first, second = time("a", 3_600), time("b", 60)
    quarter = RoundingPolicy(15, "up", "entry")
    after = [work(replace(first, policy=quarter), replace(second, policy=quarter))]
    found = repricing([work(first, second)], after)
    assert found == Repricing(1, (AmountChange("EUR", 9_150, 11_250),))
