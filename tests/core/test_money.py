"""Money is exact: whole minor units, one currency, and one way to round."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.currencies import CURRENCIES
from hoursmith_mcp.core.money import (
    PERCENT_SCALE,
    RATE_SCALE,
    CurrencyMismatch,
    Money,
    currency_decimals,
    divide_half_away,
    format_percentage,
    format_rate,
    parse_amount,
    parse_currency,
    parse_percentage,
    parse_rate,
)
from hoursmith_mcp.core.refusal import Refusal

currencies = st.sampled_from(sorted(CURRENCIES))
NUMBER_LIKE = st.from_regex(r"[-+]?[0-9]{0,6}[.,' ]?[0-9]{0,6}[%€]?", fullmatch=True)


def refusal_of(read: Callable[[str], object], text: str) -> str | None:
    try:
        read(text)
    except Refusal as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"),
    [
        (1, 2, 1),
        (-1, 2, -1),
        (1, -2, -1),
        (-1, -2, 1),
        (3, 2, 2),
        (5, 2, 3),
        (-5, 2, -3),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (0, 5, 0),
        (0, -5, 0),
        (10**40 + 5, 10, 10**39 + 1),
    ],
)
def test_divides_with_a_half_away_from_zero(
    numerator: int, denominator: int, quotient: int
) -> None:
    assert divide_half_away(numerator, denominator) == quotient


@given(st.integers(), st.integers().filter(bool))
def test_a_quotient_is_the_nearest_and_never_nearer_to_zero_than_its_tie(
    numerator: int, denominator: int
) -> None:
    exact = Fraction(numerator, denominator)
    quotient = divide_half_away(numerator, denominator)
    distance = abs(quotient - exact)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(quotient) > abs(exact)


def test_dividing_by_zero_is_no_number() -> None:
    with pytest.raises(ZeroDivisionError):
        divide_half_away(1, 0)


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("UYW", 4), ("CLP", 0)],
)
def test_knows_the_decimals_of_a_currency(code: str, decimals: int) -> None:
    assert currency_decimals(code) == decimals


def test_the_table_holds_codes_of_three_letters_once_each() -> None:
    assert all(re.fullmatch("[A-Z]{3}", code) for code in CURRENCIES)
    assert set(CURRENCIES.values()) == {0, 2, 3, 4}
    assert len(CURRENCIES) > 150


@pytest.mark.parametrize("text", ["eur", " Eur ", "EUR"])
def test_reads_a_currency_in_any_case(text: str) -> None:
    assert parse_currency(text) == "EUR"


@pytest.mark.parametrize(
    "text", ["", "€", "euro", "XXX", "DEM", "HRK", "EU", "\uff25UR", "u\u017fd"]
)
def test_refuses_what_is_no_currency(text: str) -> None:
    with pytest.raises(Refusal, match="three letters"):
        parse_currency(text)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1200", "EUR", 120_000),
        ("1200.5", "EUR", 120_050),
        ("1200.50", "eur", 120_050),
        (" 0.01 ", "EUR", 1),
        ("-5", "EUR", -500),
        ("-0", "EUR", 0),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
        ("1.2345", "CLF", 12345),
        ("999999999999.99", "EUR", 99_999_999_999_999),
    ],
)
def test_reads_an_amount(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == Money(minor, currency.upper())


@pytest.mark.parametrize(
    ("text", "currency", "way_out"),
    [
        ("1,200.50", "EUR", "1200.50"),
        ("1200,50", "EUR", "1200.50"),
        ("1.200,50", "EUR", "1200.50"),
        ("1 200", "EUR", "1200.50"),
        ("1'200", "CHF", "1200.50"),
        ("€5", "EUR", "1200.50"),
        ("5 EUR", "EUR", "1200.50"),
        ("1200.505", "EUR", "has 2 decimals"),
        ("1200.500", "EUR", "has 2 decimals"),
        ("1200.5", "JPY", "has no decimals; write it like 1200."),
        ("1.2345", "KWD", "1200.500"),
        (".5", "EUR", "1200.50"),
        ("5.", "EUR", "1200.50"),
        ("+5", "EUR", "1200.50"),
        ("1e3", "EUR", "1200.50"),
        ("\u0665", "EUR", "1200.50"),
        ("9" * 13, "EUR", "1200.50"),
        ("9" * 9999, "EUR", "1200.50"),
        ("nan", "EUR", "1200.50"),
        ("", "EUR", "1200.50"),
    ],
)
def test_refuses_an_amount_with_a_way_out(text: str, currency: str, way_out: str) -> None:
    with pytest.raises(Refusal, match=re.escape(way_out)):
        parse_amount(text, currency)


@given(st.integers(-(10**14) + 1, 10**14 - 1), currencies)
def test_reads_back_the_amount_it_prints(minor: int, currency: str) -> None:
    # Currencies without decimals have room for twelve digits.
    money = Money(minor % 10**12 if currency_decimals(currency) == 0 else minor, currency)
    assert parse_amount(money.text(), currency) == money


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(120_050, "EUR"), "1200.50"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(0, "EUR"), "0.00"),
        (Money(1200, "JPY"), "1200"),
        (Money(1, "KWD"), "0.001"),
        (Money(-12345, "CLF"), "-1.2345"),
    ],
)
def test_prints_the_decimals_of_the_currency(money: Money, text: str) -> None:
    assert money.text() == text


@given(st.integers(), st.integers(), currencies)
def test_adds_and_compares_as_its_minor_units_do(one: int, other: int, currency: str) -> None:
    left, right = Money(one, currency), Money(other, currency)
    assert left + right == Money(one + other, currency)
    assert left - right == Money(one - other, currency)
    assert -left == Money(-one, currency)
    assert (left < right, left <= right) == (one < other, one <= other)
    assert (left > right, left >= right) == (one > other, one >= other)


@pytest.mark.parametrize(
    "mix", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge]
)
def test_never_mixes_currencies(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrencyMismatch):
        mix(Money(1, "EUR"), Money(1, "USD"))
    assert Money(1, "EUR") != Money(1, "USD")


@pytest.mark.parametrize(
    ("text", "rate", "currency", "printed"),
    [
        ("95", 950_000, "EUR", "95.00"),
        ("87.5", 875_000, "EUR", "87.50"),
        ("87.1234", 871_234, "EUR", "87.1234"),
        ("87.1230", 871_230, "EUR", "87.123"),
        ("0", 0, "EUR", "0.00"),
        ("12000", 120_000_000, "JPY", "12000"),
        ("12000.5", 120_005_000, "JPY", "12000.5"),
        ("30", 300_000, "KWD", "30.000"),
        ("1.5", 15_000, "CLF", "1.5000"),
        ("1000000", 1_000_000 * RATE_SCALE, "USD", "1000000.00"),
    ],
)
def test_reads_and_prints_rates(text: str, rate: int, currency: str, printed: str) -> None:
    assert parse_rate(text) == rate
    assert format_rate(rate, currency) == printed


@given(st.integers(0, 1_000_000 * RATE_SCALE), currencies)
def test_reads_back_the_rate_it_prints(rate: int, currency: str) -> None:
    assert parse_rate(format_rate(rate, currency)) == rate


@pytest.mark.parametrize("text", ["-1", "1000000.0001", "1.23456", "1,5", "", "95/h", "9" * 5000])
def test_refuses_a_rate_with_a_way_out(text: str) -> None:
    with pytest.raises(Refusal, match=r"87\.50"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "percentage", "printed"),
    [
        ("8.875", 88_750, "8.875"),
        ("8.875%", 88_750, "8.875"),
        ("19 %", 190_000, "19"),
        ("0", 0, "0"),
        ("100", 100 * PERCENT_SCALE, "100"),
        ("0.0001", 1, "0.0001"),
        ("20.00", 200_000, "20"),
    ],
)
def test_reads_and_prints_percentages(text: str, percentage: int, printed: str) -> None:
    assert parse_percentage(text) == percentage
    assert format_percentage(percentage) == printed


@given(st.integers(0, 100 * PERCENT_SCALE), st.sampled_from(["", "%", " %"]))
def test_reads_back_the_percentage_it_prints(percentage: int, sign: str) -> None:
    assert parse_percentage(format_percentage(percentage) + sign) == percentage


@pytest.mark.parametrize("text", ["-1", "100.0001", "1.23456", "7,7", "", "%", "19%%", "0x13"])
def test_refuses_a_percentage_with_a_way_out(text: str) -> None:
    with pytest.raises(Refusal, match=r"\b19\b"):
        parse_percentage(text)


@given(st.text() | NUMBER_LIKE, currencies)
@example("\ud800", "EUR")
def test_any_text_is_read_or_refused_with_a_way_out(text: str, currency: str) -> None:
    readers: list[tuple[Callable[[str], object], str]] = [
        (lambda typed: parse_amount(typed, currency), "1200"),
        (parse_rate, "87.50"),
        (parse_percentage, "19"),
        (parse_currency, "EUR"),
    ]
    for read, way_out in readers:
        refusal = refusal_of(read, text)
        assert refusal is None or way_out in refusal
