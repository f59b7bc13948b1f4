"""Reports in the core: what they are grouped by, how they are cut, printed and compared."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.periods import Period, parse_period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.reports.comparing import period_before
from hoursmith_mcp.core.reports.figures import Figure, Key
from hoursmith_mcp.core.reports.kinds import KINDS, parse_groupings, refuse_narrowing
from hoursmith_mcp.core.reports.printing import printed
from hoursmith_mcp.core.reports.tables import tabulate
from hoursmith_mcp.core.reports.worth import Earned, Invoiced, earned
from hoursmith_mcp.core.working_patterns import describe_pattern, parse_pattern

TODAY = date(2026, 11, 20)
HOUR = 3_600


def figure(client: str, currency: str, seconds: int, minor: int) -> Figure:
    return Figure({"client": Key(client, client)}, {"hours": seconds, "amount": minor}, currency)


figures = st.lists(
    st.builds(
        figure,
        st.sampled_from("abcde"),
        st.sampled_from(["EUR", "JPY", "KWD"]),
        st.integers(0, 50_000),
        st.integers(-1_000, 9_999_999),
    ),
    max_size=30,
)


@given(figures, st.integers(1, 6))
def test_every_printed_sum_is_the_sum_of_its_printed_parts(given: list[Figure], most: int) -> None:
    table = tabulate(given, ["client"], by=["amount"], most=most)
    rows, totals = printed(table, ["hours", "amount"])
    for total, said in zip(table.totals, totals, strict=True):
        own = [
            row for one, row in zip(table.rows, rows, strict=True) if one.currency == total.currency
        ]
        for name in ("hours", "amount"):
            assert sum(Fraction(row[name]) for row in own) == Fraction(said[name])
    assert sum(row.others or 1 for row in table.rows) == len(
        {(figure.keys["client"].id, figure.currency) for figure in given}
    )


def test_what_is_beyond_the_length_is_one_row_of_its_currency() -> None:
    ones = [
        Figure({"client": Key(one, one)}, {"amount": at}, "EUR") for at, one in enumerate("abc")
    ]
    table = tabulate(ones, ["client"], by=["amount"], most=1)
    assert [(row.keys, row.values["amount"], row.others) for row in table.rows] == [
        ({"client": Key("c", "c")}, 2, 0),
        ({}, 1, 2),
    ]


@pytest.mark.parametrize(
    ("first", "last", "before"),
    [
        ((2026, 11, 1), (2026, 11, 30), "2026-10-01..2026-10-31"),
        ((2026, 1, 1), (2026, 12, 31), "2025-01-01..2025-12-31"),
        ((2026, 3, 1), (2026, 3, 31), "2026-02-01..2026-02-28"),
        ((2026, 11, 16), (2026, 11, 22), "2026-11-09..2026-11-15"),
        ((2026, 11, 1), (2026, 11, 20), "2026-10-12..2026-10-31"),
    ],
)
def test_a_period_is_compared_with_as_long_a_one_before(
    first: tuple[int, int, int], last: tuple[int, int, int], before: str
) -> None:
    found = period_before(Period(date(*first), date(*last)))
    assert f"{found.first}..{found.last}" == before


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("this fiscal year", "2026-04-01..2027-03-31"),
        ("last fiscal year", "2025-04-01..2026-03-31"),
        ("FY2026", "2025-04-01..2026-03-31"),
        ("fiscal Q1", "2026-04-01..2026-06-30"),
        ("fiscal Q4", "2026-01-01..2026-03-31"),
        ("FY2027 Q2", "2026-07-01..2026-09-30"),
        ("last fiscal quarter", "2026-07-01..2026-09-30"),
        ("this fiscal year so far", "2026-04-01..2026-11-20"),
        ("Q1", "2026-01-01..2026-03-31"),
    ],
)
def test_fiscal_periods_begin_where_the_year_does(text: str, days: str) -> None:
    found = parse_period(text, TODAY, fiscal_start=4)
    assert f"{found.first}..{found.last}" == days


@pytest.mark.parametrize(
    ("text", "hours", "shown"),
    [
        ("40h", [8, 8, 8, 8, 8, 0, 0], "mon-fri 8h"),
        ("mon-thu 8h, fri 4h", [8, 8, 8, 8, 4, 0, 0], "mon-thu 8h, fri 4h"),
        ("Saturday to Sunday 6h", [0, 0, 0, 0, 0, 6, 6], "sat-sun 6h"),
        ("tue 8h; thu 8h", [0, 8, 0, 8, 0, 0, 0], "tue 8h, thu 8h"),
    ],
)
def test_a_working_week_is_read_and_told(text: str, hours: list[int], shown: str) -> None:
    pattern = parse_pattern(text)
    assert [seconds // HOUR for seconds in pattern] == hours
    assert describe_pattern(pattern) == shown
    assert parse_pattern(shown) == pattern


@pytest.mark.parametrize(
    "text", ["", "8", "mon 25h", "200h", "fri-mon 8h", "mon 8h, mon 4h", "someday 8h"]
)
def test_what_is_no_working_week_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        parse_pattern(text)


@pytest.mark.parametrize("text", ["", "foo", "client, client", "clients", "tag"])
def test_what_a_kind_has_not_is_nothing_to_group_by(text: str) -> None:
    with pytest.raises(Refusal, match=r"grouped by any of client, month|twice"):
        parse_groupings(KINDS["revenue"], text)


def test_a_kind_is_narrowed_by_what_it_has_alone() -> None:
    refuse_narrowing(KINDS["time"], ["tag", "billable"])
    with pytest.raises(Refusal, match="not narrowed by task"):
        refuse_narrowing(KINDS["unbilled"], ["client", "task"])


def test_a_discount_is_shared_over_what_it_takes_from() -> None:
    parts = [
        Invoiced("inv", 10, "cl", project, "EUR", amount)
        for project, amount in (("a", 100), ("b", 200), (None, 33))
    ]
    assert sum(one.amount for one in earned(parts)) == 323
    assert earned([Invoiced("", 0, "cl", "a", "EUR", 7)]) == [Earned("cl", "a", "EUR", 7)]
