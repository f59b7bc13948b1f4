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
from hoursmith_mcp.core.reports.working_time import Logged, Person, gap_figures
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


def test_a_gap_is_told_of_each_day_as_it_would_be_alone() -> None:
    days = [date(2026, 11, day) for day in (16, 17, 18)]
    ada = Person("mem_1", "Ada", [8 * HOUR] * 7, since=days[0], left=None)
    work = {ada.id: {day: Logged(26_400, 0) for day in days}}
    figures = gap_figures([ada], work, Period(days[0], days[-1]), date(2026, 11, 20), 0)
    table, kind = tabulate(figures, ["day"], by=[], most=9), KINDS["gaps"]
    rows, (total,) = printed(table, kind.measures, kind.parts_per_hour)
    told = {"thin_days": 1, "hours": "7.3333", "expected_hours": "8", "missing_hours": "0.6667"}
    assert rows == [told] * 3
    assert (total["hours"], total["expected_hours"], total["missing_hours"]) == (
        "21.9999",
        "24",
        "2.0001",
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


def test_of_rows_that_follow_time_the_oldest_are_not_listed() -> None:
    ones = [
        Figure({"month": Key(month), "client": Key(client)}, {"hours": hours})
        for month, client, hours in [
            ("2026-11", "a", 1),
            ("2026-10", "a", 2),
            ("2026-10", "b", 5),
            ("2026-09", "a", 9),
        ]
    ]
    table = tabulate(ones, ["client", "month"], by=["hours"], most=2)
    assert [([key.label for key in row.keys.values()], row.others) for row in table.rows] == [
        (["b", "2026-10"], 0),
        (["a", "2026-11"], 0),
        ([], 2),
    ]


def test_currencies_follow_each_other_then_the_largest_then_names_and_ids() -> None:
    ones = [
        Figure({"client": Key(label, id_)} if id_ else {}, {"hours": hours}, currency)
        for label, id_, hours, currency in [
            ("zoo", "1", 20, "USD"),
            ("", "", 5, "EUR"),
            ("Bolt", "2", 5, "EUR"),
            ("acme", "4", 5, "EUR"),
            ("Acme", "3", 5, "EUR"),
            ("Core", "5", 9, "EUR"),
        ]
    ]
    table = tabulate(ones, ["client"], by=["hours"], most=9)
    assert [row.keys["client"].id if row.keys else None for row in table.rows] == [
        *["5", "3", "4", "2"],
        *[None, "1"],
    ]
    assert [row.currency for row in table.totals] == ["EUR", "USD"]


def test_what_is_of_no_month_follows_the_months_and_is_listed_first_of_all() -> None:
    ones = [
        Figure({"month": Key("2026-10")}, {"hours": 1}),
        Figure({}, {"hours": 2}),
        Figure({"month": Key("2026-11")}, {"hours": 4}),
    ]
    table = tabulate(ones, ["month"], by=["hours"], most=2)
    assert [(row.values["hours"], row.others) for row in table.rows] == [(4, 0), (2, 0), (1, 1)]


def test_what_others_were_found_to_be_is_added_to_those_that_are_cut() -> None:
    ones = [
        Figure({"client": Key("a", "a")}, {"hours": 5}, "USD"),
        Figure({"client": Key("b", "b")}, {"hours": 3}, "USD"),
        Figure({}, {"hours": 7}, "USD", others=4),
        Figure({}, {"hours": 1}, "EUR", others=2),
    ]
    table = tabulate(ones, ["client"], by=["hours"], most=1)
    assert [(row.currency, row.values["hours"], row.others) for row in table.rows] == [
        ("USD", 5, 0),
        ("EUR", 1, 2),
        ("USD", 10, 5),
    ]


def test_what_a_row_has_not_or_would_divide_by_nothing_is_left_out() -> None:
    ones = [
        Figure({"client": Key("a", "a")}, {"hours": 2 * HOUR, "billable_hours": HOUR}),
        Figure({"client": Key("b", "b")}, {"hours": 0}),
    ]
    table = tabulate(ones, ["client"], by=["hours"], most=9)
    rows, _ = printed(table, ["hours", "billable_hours", "billable_share"])
    assert rows == [
        {"hours": "2", "billable_hours": "1", "billable_share": "50"},
        {"hours": "0"},
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
        ("FY26", "2025-04-01..2026-03-31"),
        ("FY2026/27", "2026-04-01..2027-03-31"),
        ("financial year 2026-27", "2026-04-01..2027-03-31"),
        ("fiscal year to date", "2026-04-01..2026-11-20"),
        ("fiscal Q1", "2026-04-01..2026-06-30"),
        ("fiscal Q4", "2026-01-01..2026-03-31"),
        ("FY2027 Q2", "2026-07-01..2026-09-30"),
        ("FY2027 Q4", "2027-01-01..2027-03-31"),
        ("last fiscal quarter", "2026-07-01..2026-09-30"),
        ("previous fiscal year", "2025-04-01..2026-03-31"),
        ("this fiscal year so far", "2026-04-01..2026-11-20"),
        ("Q1", "2026-01-01..2026-03-31"),
    ],
)
def test_fiscal_periods_begin_where_the_year_does(text: str, days: str) -> None:
    found = parse_period(text, TODAY, fiscal_start=4)
    assert f"{found.first}..{found.last}" == days


def test_a_quarter_begins_on_its_first_day_and_a_year_out_of_reach_is_refused() -> None:
    first_of_april = parse_period("fiscal Q1", date(2026, 4, 1), fiscal_start=4)
    assert first_of_april.first == date(2026, 4, 1)
    for text in ("this fiscal year", "this fiscal quarter"):
        assert parse_period(text, date(2026, 4, 1), fiscal_start=4).first == date(2026, 4, 1)
        assert parse_period(text, date(2026, 3, 31), fiscal_start=4).last == date(2026, 3, 31)
    for text in ("FY1900", "FY2200", "FY9999"):
        with pytest.raises(Refusal, match="out of reach"):
            parse_period(text, TODAY, fiscal_start=4)
    assert parse_period("FY1900", TODAY, fiscal_start=1).first == date(1900, 1, 1)


@pytest.mark.parametrize(
    ("text", "begins", "instead"),
    [
        (
            "FY2025/27",
            4,
            "April; write one like FY2026, or its days, like 2025-04-01..2026-03-31",
        ),
        (
            "FY2026/27",
            1,
            "January; write one like FY2026, or its days, like 2026-01-01..2026-12-31",
        ),
    ],
)
def test_two_years_are_those_of_one_fiscal_year(text: str, begins: int, instead: str) -> None:
    with pytest.raises(Refusal, match=f"no fiscal year: they begin in {instead}"):
        parse_period(text, TODAY, fiscal_start=begins)


@pytest.mark.parametrize(
    ("text", "hours", "shown"),
    [
        ("40h", [8, 8, 8, 8, 8, 0, 0], "mon-fri 8h"),
        ("mon-thu 8h, fri 4h", [8, 8, 8, 8, 4, 0, 0], "mon-thu 8h, fri 4h"),
        ("Saturday to Sunday 6h", [0, 0, 0, 0, 0, 6, 6], "sat-sun 6h"),
        ("tue 8h; thu 8h", [0, 8, 0, 8, 0, 0, 0], "tue 8h, thu 8h"),
        ("120h", [24, 24, 24, 24, 24, 0, 0], "mon-fri 24h"),
    ],
)
def test_a_working_week_is_read_and_told(text: str, hours: list[int], shown: str) -> None:
    pattern = parse_pattern(text)
    assert [seconds // HOUR for seconds in pattern] == hours
    assert describe_pattern(pattern) == shown
    assert parse_pattern(shown) == pattern


@pytest.mark.parametrize(
    "text", ["", "8", "mon 25h", "200h", "120h1s", "fri-mon 8h", "mon 8h, mon 4h", "someday 8h"]
)
def test_what_is_no_working_week_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        parse_pattern(text)


def test_a_week_and_a_day_of_it_are_no_working_week_together() -> None:
    with pytest.raises(Refusal, match="is not a working week; write it like"):
        parse_pattern("40h, fri 4h")


@pytest.mark.parametrize("text", [" by client,, month ,", "client and month", "CLIENT+Month"])
def test_blanks_between_groupings_are_not_counted(text: str) -> None:
    assert parse_groupings(KINDS["revenue"], text) == ("client", "month")


@pytest.mark.parametrize("text", ["", " , ", "foo", "client, client", "clients", "tag"])
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


def test_shares_of_a_discount_are_the_same_in_whatever_order_lines_are_read() -> None:
    parts = [Invoiced("inv", 1, "cl", project, "EUR", 100) for project in ("b", "a", None)]
    assert earned(parts) == earned(parts[::-1]) == earned([parts[1], parts[2], parts[0]])


def test_a_project_has_one_share_of_a_discount_however_many_lines_it_has() -> None:
    parts = [Invoiced("inv", 2, "cl", project, "EUR", 100) for project in ("a", "a", "b")]
    assert [one.amount for one in earned(parts)] == [199, 99]
