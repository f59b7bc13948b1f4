"""Totals: lines first, then the discount, then tax once per rate and category."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from billing_oracle import OracleLine, OracleTotals, oracle_amount, oracle_lines, oracle_totals
from hypothesis import given, settings
from hypothesis import strategies as st
from random_invoices import DECIMALS, Basket, baskets, worked

from hoursmith_mcp.core.lines import Line, custom_line, time_lines
from hoursmith_mcp.core.quantities import quantity_text
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.totals import Discount, TaxGroup, Totals, invoice_totals


def line(minor: int, rate: int = 190_000, category: str = "S") -> Line:
    return custom_line(
        "A line",
        quantity="1",
        unit_price_e4=minor * 100,
        currency="EUR",
        tax_rate=rate,
        tax_category=category,
    )


def totals(*lines: Line, discount: Discount | None = None) -> Totals:
    return invoice_totals(lines, discount=discount, currency="EUR")


def test_an_invoice_without_lines_comes_to_nothing() -> None:
    assert totals() == Totals(0, 0, 0, (), 0, 0)


def test_tax_is_rounded_once_per_rate_and_category_not_per_line() -> None:
    # 19 % of 0.13 is 0.0247; three lines would lose the cent that their sum of 0.39 has.
    assert totals(line(13), line(13), line(13)).tax == 7
    assert totals(line(13)).tax * 3 == 6


def test_tax_groups_are_kept_by_category_then_rate() -> None:
    result = totals(line(1_000), line(500, 0, "E"), line(200, 70_000), line(300))
    assert result.tax_groups == (
        TaxGroup("E", 0, 500, 0, 500, 0),
        TaxGroup("S", 70_000, 200, 0, 200, 14),
        TaxGroup("S", 190_000, 1_300, 0, 1_300, 247),
    )
    assert (result.lines_total, result.net, result.tax, result.total) == (2_000, 2_000, 261, 2_261)


def test_one_rate_in_two_categories_is_two_groups() -> None:
    result = totals(line(100, 0, "Z"), line(100, 0, "AE"))
    assert [group.category for group in result.tax_groups] == ["AE", "Z"]


def test_a_half_of_tax_goes_away_from_zero() -> None:
    assert totals(line(50, 10_000)).tax == 1
    assert totals(line(1_000, 0, "Z"), line(-50, 10_000)).tax == -1


def test_a_discount_is_spread_over_the_tax_groups_by_their_lines() -> None:
    result = totals(line(1_000), line(1_000, 70_000), discount=Discount(amount_minor=101))
    assert [(group.discount, group.net) for group in result.tax_groups] == [(51, 949), (50, 950)]
    assert (result.discount, result.net) == (101, 1_899)
    assert result.tax == 66 + 181


def test_what_is_left_of_a_discount_goes_to_the_group_that_lost_most() -> None:
    groups = totals(
        line(100, 0, "E"), line(100, 0, "Z"), line(101), discount=Discount(amount_minor=101)
    ).tax_groups
    assert [group.category for group in groups] == ["E", "S", "Z"]
    assert [group.discount for group in groups] == [34, 34, 33]


def test_a_percentage_is_of_the_lines_rounded_half_away_from_zero() -> None:
    assert totals(line(5), discount=Discount(percent_e4=100_000)).discount == 1
    assert totals(line(4), discount=Discount(percent_e4=100_000)).discount == 0
    assert totals(line(20_000), discount=Discount(percent_e4=88_750)).discount == 1_775


def test_a_discount_of_everything_leaves_nothing_to_pay() -> None:
    for discount in (Discount(percent_e4=1_000_000), Discount(amount_minor=1_500)):
        result = totals(line(1_000), line(500, 70_000), discount=discount)
        assert (result.net, result.tax, result.total) == (0, 0, 0)


def test_a_discount_over_the_lines_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        totals(line(1_000), discount=Discount(amount_minor=1_001))
    assert str(refusal.value) == (
        "The discount of 10.01 EUR is over the lines' total of 10.00 EUR; give at most that."
    )
    with pytest.raises(Refusal, match=r"over the lines' total of 0\.00 EUR"):
        totals(discount=Discount(amount_minor=1))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Discount(amount_minor=-1), "not negative"),
        (lambda: Discount(percent_e4=-1), "not negative"),
        (lambda: Discount(percent_e4=1_000_001), r"100\.0001% is over 100%"),
        (lambda: Discount(), "give one of the two"),
        (lambda: Discount(amount_minor=0, percent_e4=0), "give one of the two"),
    ],
)
def test_what_is_no_discount_is_refused(make: Callable[[], Discount], reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        make()


def test_lines_below_zero_are_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        totals(line(100), line(-101))
    assert str(refusal.value) == (
        "The invoice's lines would be -0.01 EUR, below zero; make the negative lines smaller."
    )
    assert totals(line(100), line(-100)).total == 0


def test_a_total_that_its_tax_takes_below_zero_is_refused() -> None:
    with pytest.raises(Refusal, match=r"total with tax would be -1\.85 EUR"):
        totals(line(1_005, 0, "Z"), line(-1_000))


def product(basket: Basket) -> Totals | None:
    by_hand = [
        custom_line(
            "By hand",
            quantity=quantity_text(quantity),
            unit_price_e4=price,
            currency=basket.currency,
            tax_rate=rate,
            tax_category=category,
        )
        for quantity, price, (category, rate) in basket.custom
    ]
    discount = None
    if basket.discount_percent is not None:
        discount = Discount(percent_e4=basket.discount_percent)
    elif basket.discount_amount is not None:
        discount = Discount(amount_minor=basket.discount_amount)
    lines = time_lines(basket.times, grouping=basket.grouping, currency=basket.currency)
    try:
        return invoice_totals([*lines, *by_hand], discount=discount, currency=basket.currency)
    except Refusal:
        return None


def oracle(basket: Basket) -> OracleTotals | None:
    decimals = DECIMALS[basket.currency]
    by_hand: list[OracleLine] = []
    for quantity_e4, price_e4, (category, rate) in basket.custom:
        quantity, price = Fraction(quantity_e4, 10_000), Fraction(price_e4, 10_000)
        amount = oracle_amount(quantity, price, decimals)
        by_hand.append(OracleLine((), quantity, price, amount, Fraction(rate, 10_000), category))
    percent = basket.discount_percent
    return oracle_totals(
        [*oracle_lines(worked(basket.times), basket.grouping, decimals), *by_hand],
        off=basket.discount_amount,
        percent=None if percent is None else Fraction(percent, 10_000),
    )


def assert_product_equals_oracle(basket: Basket) -> None:
    ours, theirs = product(basket), oracle(basket)
    if ours is None or theirs is None:
        assert ours is None
        assert theirs is None
        return
    assert (ours.lines_total, ours.discount, ours.net) == (
        theirs.lines,
        theirs.discount,
        theirs.net,
    )
    assert (ours.tax, ours.total) == (theirs.tax, theirs.total)
    assert {
        (group.category, Fraction(group.rate, 10_000)): (group.net, group.tax)
        for group in ours.tax_groups
    } == theirs.taxes


@settings(max_examples=300)
@given(baskets)
def test_an_invoice_comes_to_what_fractions_say(basket: Basket) -> None:
    assert_product_equals_oracle(basket)


@pytest.mark.ci
@settings(max_examples=2_000)
@given(baskets)
def test_two_thousand_invoices_come_to_what_fractions_say(basket: Basket) -> None:
    assert_product_equals_oracle(basket)


@given(baskets, st.randoms(use_true_random=False))
def test_the_order_of_lines_makes_no_difference(basket: Basket, chance: random.Random) -> None:
    shuffled = Basket(
        basket.currency,
        basket.grouping,
        chance.sample(basket.times, len(basket.times)),
        chance.sample(basket.custom, len(basket.custom)),
        basket.discount_amount,
        basket.discount_percent,
    )
    assert product(shuffled) == product(basket)
