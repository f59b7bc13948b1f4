"""Lines: what is grouped, priced once, and printed so that anybody can check it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import TypedDict

import pytest
from billing_oracle import half_away, oracle_lines
from hypothesis import given, settings
from hypothesis import strategies as st
from random_invoices import (
    DECIMALS,
    FIRST_DAY,
    billable_times,
    currencies,
    entry,
    groupings,
    hourly_rates,
    worked,
)

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.grouping import DEFAULT_GROUPING, GroupKey, parse_grouping
from hoursmith_mcp.core.lines import (
    Line,
    LinePart,
    custom_line,
    fee_line,
    line_amount,
    quantity_e4,
    time_lines,
)
from hoursmith_mcp.core.quantities import parse_quantity, parse_unit_price, quantity_text
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.rounding import RoundingPolicy

EXACT = RoundingPolicy(0, "up", "entry")
PER_LINE = RoundingPolicy(15, "up", "line")


class Tax(TypedDict):
    """A tax, as lines take it."""

    tax_rate: int
    tax_category: str


TAX = Tax(tax_rate=190_000, tax_category="S")


def descriptions(times: list[BillableTime], *grouping: GroupKey) -> list[str]:
    return [line.description for line in time_lines(times, grouping=grouping, currency="EUR")]


def only(lines: list[Line]) -> Line:
    (line,) = lines
    return line


# Grouping


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        ("itemized", ("entry",)),
        ("Itemised", ("entry",)),
        ("entry", ("entry",)),
        ("project", ("project",)),
        ("By project", ("project",)),
        ("by task", ("task",)),
        ("project & task", ("project", "task")),
        ("by project & task", ("project", "task")),
        ("project_task", ("project", "task")),
        ("project and task", ("project", "task")),
        ("project & time", ("project", "date")),
        ("PROJECT_TIME", ("project", "date")),
        ("member, date", ("member", "date")),
        ("date,member", ("date", "member")),
        ("note + task", ("note", "task")),
        (["member", "project"], ("member", "project")),
        (["entry"], ("entry",)),
    ],
)
def test_groupings_are_read_as_people_say_them(
    wanted: str | list[str], keys: tuple[GroupKey, ...]
) -> None:
    assert parse_grouping(wanted) == keys


def test_the_default_is_project_and_task() -> None:
    assert parse_grouping("project & task") == DEFAULT_GROUPING


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("colour", 'cannot be grouped by "colour"'),
        ("", "leaves out"),
        ([], "leaves out"),
        ("project,", "leaves out"),
        ("project, project", "twice"),
        ("date & time", "twice"),
        ("entry, project", "one line per entry and for groups"),
        (["project", "itemized"], "one line per entry and for groups"),
    ],
)
def test_other_groupings_are_refused_with_the_choices(wanted: str | list[str], reason: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_grouping(wanted)
    assert reason in str(refusal.value)
    assert "choose project, task, member, date and note" in str(refusal.value)


def test_lines_come_in_the_order_of_what_they_are_grouped_by() -> None:
    tomorrow = FIRST_DAY + timedelta(days=1)
    times = [
        entry(1, project="Site", task=None, day=tomorrow, member="bob"),
        entry(2, project="Site", task="build", day=tomorrow),
        entry(3, project="app", task="test", note="call"),
        entry(4, project="Site", task="build"),
    ]
    assert descriptions(times, "project", "task") == ["app · test", "Site · build", "Site"]
    assert descriptions(times, "task") == ["build", "test", "Time"]
    assert descriptions(times, "member") == ["ada", "bob"]
    assert descriptions(times, "date", "project") == [
        "2026-10-01 · app",
        "2026-10-01 · Site",
        "2026-10-02 · Site",
    ]
    assert descriptions(times, "note") == ["call", "Time"]
    assert descriptions(times, "entry") == [
        "2026-10-01 · app · test · call",
        "2026-10-01 · Site · build",
        "2026-10-02 · Site · build",
        "2026-10-02 · Site",
    ]


def test_things_of_one_name_stay_apart_and_notes_differ_by_more_than_spaces() -> None:
    twin = replace(entry(2), task_id="tk_other")
    assert descriptions([entry(1), twin], "task") == ["design", "design"]
    notes = [entry(1, note=" A  call\n"), entry(2, note="A call"), entry(3, note="a call")]
    assert descriptions(notes, "note") == ["A call", "a call"]


def test_a_line_names_its_project_where_it_has_but_one() -> None:
    times = [entry(1, project="app", task=None), entry(2, project="site", task=None)]
    assert only(time_lines(times, grouping=["task"], currency="EUR")).project_id is None
    assert [
        line.project_id for line in time_lines(times, grouping=["project"], currency="EUR")
    ] == [
        "pr_app",
        "pr_site",
    ]


@pytest.mark.parametrize(
    "other",
    [
        entry(2, rate=1_000_000),
        entry(2, tax=("S", 70_000)),
        entry(2, tax=("AE", 190_000)),
        entry(2, policy=EXACT),
    ],
)
def test_a_group_splits_by_price_tax_and_rounding(other: BillableTime) -> None:
    lines = time_lines([entry(1), other, entry(3)], grouping=["project"], currency="EUR")
    assert [[part.subject_id for part in line.parts] for line in lines] == [
        ["te_001", "te_003"],
        ["te_002"],
    ]


def test_no_entries_are_no_lines() -> None:
    assert time_lines([], grouping=DEFAULT_GROUPING, currency="EUR") == []


# Hours and amounts


@pytest.mark.parametrize(
    ("seconds", "quantity", "printed"),
    [
        (0, 0, "0"),
        (3_600, 10_000, "1"),
        (900, 2_500, "0.25"),
        (600, 1_667, "0.1667"),
        (9, 25, "0.0025"),
        (18, 50, "0.005"),
        (1, 3, "0.0003"),
        (36_000, 100_000, "10"),
        (3_636, 10_100, "1.01"),
    ],
)
def test_hours_have_four_decimals_and_no_trailing_zeros(
    seconds: int, quantity: int, printed: str
) -> None:
    assert quantity_e4(seconds) == quantity
    assert quantity_text(quantity) == printed
    assert quantity_text(-quantity) == (f"-{printed}" if quantity else "0")


@given(st.integers(0, 10**7))
def test_hours_are_rounded_half_up(seconds: int) -> None:
    assert quantity_e4(seconds) == half_away(Fraction(seconds, 3_600) * 10_000)


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "amount"),
    [
        (16_200, 1_000_000, "EUR", 16_200),
        (2_500, 950_000, "EUR", 2_375),
        (2_500, 950_000, "JPY", 24),
        (2_500, 950_000, "KWD", 23_750),
        (10_000, 50, "EUR", 1),
        (10_000, 49, "EUR", 0),
        (10_000, -50, "EUR", -1),
        (-10_000, 50, "EUR", -1),
        (5_000, 10_000, "JPY", 1),
    ],
)
def test_an_amount_is_quantity_times_price_rounded_once_half_away_from_zero(
    quantity: int, price: int, currency: str, amount: int
) -> None:
    assert line_amount(quantity, price, currency) == amount


def test_each_entry_is_rounded_and_keeps_its_share_of_the_line() -> None:
    times = [entry(1, seconds=60), entry(2, seconds=1_000), entry(3, seconds=900)]
    line = only(time_lines(times, grouping=DEFAULT_GROUPING, currency="EUR"))
    assert line == Line(
        kind="time",
        description="redesign · design",
        project_id="pr_redesign",
        unit="h",
        quantity_e4=10_000,
        unit_price_e4=950_000,
        amount_minor=9_500,
        **TAX,
        billed_seconds=3_600,
        raw_seconds=1_960,
        parts=(
            LinePart("te_001", 60, 900, "rt_950000", 2_375),
            LinePart("te_002", 1_000, 1_800, "rt_950000", 4_750),
            LinePart("te_003", 900, 900, "rt_950000", 2_375),
        ),
        rounding=RoundingPolicy(15, "up", "entry"),
    )


def test_per_line_the_sum_is_rounded_once_and_shared_by_raw_seconds() -> None:
    times = [entry(number, seconds=100, policy=PER_LINE) for number in (1, 2, 3)]
    line = only(time_lines(times, grouping=DEFAULT_GROUPING, currency="EUR"))
    assert (line.raw_seconds, line.billed_seconds, line.amount_minor) == (300, 900, 2_375)
    assert [part.billed_seconds for part in line.parts] == [300, 300, 300]
    assert [part.amount_minor for part in line.parts] == [792, 792, 791]


def test_a_line_may_hold_rates_of_two_records_at_one_price() -> None:
    again = replace(entry(2), rate_id="rt_later")
    line = only(time_lines([entry(1), again], grouping=["project"], currency="EUR"))
    assert [part.rate_id for part in line.parts] == ["rt_950000", "rt_later"]


@settings(max_examples=300)
@given(billable_times(), groupings, currencies)
def test_lines_and_parts_are_those_of_fractions_and_sum(
    times: list[BillableTime], grouping: tuple[GroupKey, ...], currency: str
) -> None:
    lines = time_lines(times, grouping=grouping, currency=currency)
    expected = oracle_lines(worked(times), grouping, DECIMALS[currency])
    assert Counter(
        (
            Fraction(line.quantity_e4, 10_000),
            Fraction(line.unit_price_e4, 10_000),
            line.amount_minor,
            line.billed_seconds,
            tuple((part.subject_id, part.billed_seconds, part.amount_minor) for part in line.parts),
        )
        for line in lines
    ) == Counter(
        (line.quantity, line.price, line.amount, line.billed_seconds, line.parts)
        for line in expected
    )
    for line in lines:
        assert line.amount_minor == sum(part.amount_minor for part in line.parts)
        assert line.billed_seconds == sum(part.billed_seconds for part in line.parts)
        assert line.raw_seconds == sum(part.raw_seconds for part in line.parts)
    assert sorted(part.subject_id for line in lines for part in line.parts) == [
        time.id for time in times
    ]


@given(billable_times(), groupings, st.randoms(use_true_random=False))
def test_the_order_of_entries_makes_no_difference(
    times: list[BillableTime], grouping: tuple[GroupKey, ...], chance: random.Random
) -> None:
    shuffled = chance.sample(times, len(times))
    assert time_lines(shuffled, grouping=grouping, currency="EUR") == time_lines(
        times, grouping=grouping, currency="EUR"
    )


@given(
    st.lists(st.integers(0, 30_000), min_size=1, max_size=8),
    hourly_rates,
    st.sampled_from([0, 1, 6, 15, 30, 60]),
    currencies,
)
def test_splitting_a_group_moves_no_more_than_a_unit_per_line(
    seconds: list[int], rate: int, minutes: int, currency: str
) -> None:
    policy = RoundingPolicy(minutes, "up", "entry")
    times = [
        entry(number, seconds=one, rate=rate, policy=policy) for number, one in enumerate(seconds)
    ]
    whole = only(time_lines(times, grouping=["project"], currency=currency))
    split = time_lines(times, grouping=["entry"], currency=currency)
    moved = abs(whole.amount_minor - sum(line.amount_minor for line in split))
    # What four decimals of an hour cannot say, of each line and of the whole.
    unsaid = Fraction(0)
    if minutes in (0, 1):
        unsaid = Fraction(rate * 10 ** DECIMALS[currency], 10_000) / 20_000 * (len(split) + 1)
    assert moved <= len(split) + unsaid


# Fees and lines by hand


@pytest.mark.parametrize(
    ("currency", "fee", "price"),
    [("EUR", 250_050, 25_005_000), ("JPY", 300_000, 3_000_000_000), ("KWD", 1_001, 10_010)],
)
def test_a_fee_is_billed_once_at_its_full_amount(currency: str, fee: int, price: int) -> None:
    line = fee_line(
        "Website", subject_id="pr_1", project_id="pr_1", fee_minor=fee, currency=currency, **TAX
    )
    assert (line.kind, line.unit, line.quantity_e4, line.unit_price_e4) == (
        "fee",
        "",
        10_000,
        price,
    )
    assert line.amount_minor == fee == line_amount(line.quantity_e4, line.unit_price_e4, currency)
    assert line.parts == (LinePart("pr_1", 0, 0, None, fee),)


def test_a_line_by_hand_bills_no_subject_and_may_be_a_rebate() -> None:
    hosting = custom_line(
        "Hosting", quantity="1.5", unit_price_e4=200_000, currency="EUR", unit="month", **TAX
    )
    assert (hosting.kind, hosting.unit, hosting.quantity_e4) == ("custom", "month", 15_000)
    assert (hosting.amount_minor, hosting.parts, hosting.billed_seconds) == (3_000, (), 0)
    rebate = custom_line("Sorry", quantity="1", unit_price_e4=-50_000, currency="EUR", **TAX)
    assert rebate.amount_minor == -500
    back = custom_line("Returned", quantity="-2", unit_price_e4=50_000, currency="EUR", **TAX)
    assert back.amount_minor == -1_000


@pytest.mark.parametrize("text", ["0", "0.0000", "", "1,5", "1 000", "1.23456", "1e3", "1000001"])
def test_a_quantity_that_cannot_be_printed_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="write"):
        custom_line("Hosting", quantity=text, unit_price_e4=1, currency="EUR", **TAX)


def test_an_amount_of_more_than_twelve_digits_is_refused() -> None:
    huge = parse_unit_price("999999999999")
    line = custom_line("x", quantity="1", unit_price_e4=huge, currency="VND", **TAX)
    assert line.amount_minor == 999_999_999_999
    with pytest.raises(Refusal, match=r'The line "x" comes to too much; write a smaller price\.'):
        custom_line("x", quantity="1.0001", unit_price_e4=huge, currency="VND", **TAX)
    with pytest.raises(Refusal, match="comes to too much"):
        custom_line("x", quantity="-2", unit_price_e4=huge, currency="EUR", **TAX)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 20_000), (" 1.25 ", 12_500), ("-0.0001", -1), ("1000000", 10**10)],
)
def test_quantities_are_read_with_four_decimals(text: str, value: int) -> None:
    assert parse_quantity(text) == value
    assert parse_quantity(quantity_text(value)) == value


def test_unit_prices_may_be_nothing_or_below() -> None:
    assert parse_unit_price("0") == 0
    assert parse_unit_price("-50.25") == -502_500
    with pytest.raises(Refusal, match='"€5" is not a unit price'):
        parse_unit_price("€5")
