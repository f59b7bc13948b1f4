"""Invoice numbers are written by a pattern, and no two places in a series make the same one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.invoice_numbers import DEFAULT_PATTERN, check_pattern, format_number
from hoursmith_mcp.core.refusal import Refusal

DAY = date(2026, 3, 7)


@pytest.mark.parametrize(
    ("pattern", "sequence", "number"),
    [
        (DEFAULT_PATTERN, 12, "INV-2026-0012"),
        ("{number}", 7, "7"),
        ("{number:4}", 7, "0007"),
        ("{number:4}", 12_345, "12345"),
        ("ACME/{yy}{mm}{dd}-{number:3}", 1, "ACME/260307-001"),
        ("№ {number} of {yyyy}", 3, "№ 3 of 2026"),
        ("INV-{{yyyy}}{{mm}}-{{number:2}}", 5, "INV-202603-05"),
        ("  R{number}  ", 5, "R5"),
    ],
)
def test_a_number_follows_its_pattern(pattern: str, sequence: int, number: str) -> None:
    assert format_number(check_pattern(pattern), sequence, DAY) == number


def test_early_years_keep_four_digits() -> None:
    assert format_number("{yyyy}{yy}-{number}", 1, date(907, 1, 1)) == "090707-1"


def test_a_checked_pattern_stays_as_it_is() -> None:
    once = check_pattern(" INV-{{yyyy}}-{{number:4}} ")
    assert once == check_pattern(once) == "INV-{yyyy}-{number:4}"


@pytest.mark.parametrize(
    "pattern",
    ["", "INV-{yyyy}", "{number}{number:4}", "{{number}}-{number}"],
)
def test_a_pattern_without_one_number_is_refused(pattern: str) -> None:
    with pytest.raises(Refusal, match=r"exactly once; write it like INV-\{yyyy\}-\{number:4\}"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("{client}-{number}", '"{client}" is not understood'),
        ("{yyyy:2}-{number}", '"{yyyy:2}" is not understood'),
        ("{YYYY}-{number}", '"{YYYY}-{number}" is not understood'),
        ("{number:0}{number}", "is not understood"),
        ("{number:10}{number}", "is not understood"),
        ("{-{number}", "is not understood"),
        ("{number}}}", "is not understood"),
    ],
)
def test_unknown_tokens_and_stray_braces_are_refused(pattern: str, shown: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_pattern(pattern)
    assert shown in str(refusal.value)
    assert "write it like" in str(refusal.value)


def test_long_patterns_and_what_cannot_be_seen_are_refused() -> None:
    assert check_pattern("x" * 52 + "{number}")
    with pytest.raises(Refusal, match="has 61 characters; write at most 60"):
        check_pattern("x" * 53 + "{number}")
    for hidden in ("INV\n{number}", "INV\u202e{number}", "INV\u200b{number}", "A\tB{number}"):
        with pytest.raises(Refusal, match="number pattern holds"):
            check_pattern(hidden)


pieces = st.sampled_from(["{yyyy}", "{yy}", "{mm}", "{dd}", "-", "/", "1", "0", "A"])
patterns = st.tuples(
    st.lists(pieces, max_size=4).map("".join),
    st.sampled_from(["{number}", "{number:2}", "{number:4}"]),
    st.lists(pieces, max_size=4).map("".join),
).map("".join)
days = st.dates(date(1, 1, 1), date(9999, 12, 31))
places = st.integers(1, 2_000)


@given(patterns, places, places, days, days)
def test_two_places_in_a_series_never_make_one_number(
    pattern: str, one: int, other: int, day: date, other_day: date
) -> None:
    first = format_number(check_pattern(pattern), one, day)
    second = format_number(check_pattern(pattern), other, other_day)
    assert first != second or one == other


@given(st.text("{}:4ynumberd-", max_size=20))
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    try:
        pattern = check_pattern(text)
    except Refusal:
        return
    assert not set("{}") & set(format_number(pattern, 1, DAY))
