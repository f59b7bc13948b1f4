"""A delivery is tried ten times over three days, as its receiver wishes, and never sooner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from hoursmith_mcp.core.retries import (
    CHANCE,
    DELAYS_US,
    MOST_ATTEMPTS,
    Answered,
    Verdict,
    Wish,
    jittered_us,
    next_attempt_us,
    read_retry_after,
    read_wish,
    verdict,
)

NOW_US = 1_763_856_000 * SECOND_US
chances = st.integers(0, CHANCE - 1)
BROKEN = Answered(500)


def test_there_are_ten_attempts_over_some_75_hours() -> None:
    assert MOST_ATTEMPTS == 10
    assert sum(DELAYS_US) == 75 * HOUR_US + 35 * MINUTE_US + 5 * SECOND_US


@pytest.mark.ci
@given(chances, st.integers(1, MOST_ATTEMPTS - 1))
def test_chance_moves_an_attempt_by_a_fifth_at_most(chance: int, attempts: int) -> None:
    wait_us = next_attempt_us(BROKEN, attempts, NOW_US, chance) - NOW_US
    assert abs(wait_us - DELAYS_US[attempts - 1]) * 5 <= DELAYS_US[attempts - 1]


def test_all_of_that_fifth_is_used() -> None:
    assert jittered_us(100, 0) == 80
    assert jittered_us(100, CHANCE // 2) == 100
    assert jittered_us(100, CHANCE - 1) == 120


@pytest.mark.ci
@given(chances)
def test_the_last_attempt_is_never_made_before_three_days_are_over(chance: int) -> None:
    at_us = NOW_US
    for attempts in range(1, MOST_ATTEMPTS):
        at_us = next_attempt_us(BROKEN, attempts, at_us, chance)
    assert 72 * HOUR_US <= at_us - NOW_US <= 79 * HOUR_US


@pytest.mark.ci
@given(
    st.sampled_from([Answered(429), Answered(503), Answered(None, timed_out=True)]),
    st.integers(1, MOST_ATTEMPTS - 1),
    chances,
)
def test_who_is_busy_is_left_alone_for_a_minute(
    answered: Answered, attempts: int, chance: int
) -> None:
    assert next_attempt_us(answered, attempts, NOW_US, chance) >= NOW_US + MINUTE_US


@pytest.mark.ci
@given(st.integers(0, 10**15), st.integers(1, MOST_ATTEMPTS - 1), chances)
def test_a_receiver_may_ask_for_later_up_to_a_day_but_not_for_sooner(
    asked_us: int, attempts: int, chance: int
) -> None:
    usual_us = next_attempt_us(Answered(503), attempts, NOW_US, chance)
    asked = next_attempt_us(Answered(503, retry_after_us=asked_us), attempts, NOW_US, chance)
    assert asked == max(usual_us, NOW_US + min(asked_us, DAY_US))


def test_after_the_last_attempt_there_is_none() -> None:
    assert verdict(BROKEN, MOST_ATTEMPTS - 1) is Verdict.RETRY
    assert verdict(BROKEN, MOST_ATTEMPTS) is Verdict.EXHAUSTED
    with pytest.raises(ValueError, match="no attempt"):
        next_attempt_us(BROKEN, MOST_ATTEMPTS, NOW_US, 0)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (Answered(200), Verdict.DELIVERED),
        (Answered(204), Verdict.DELIVERED),
        (Answered(299), Verdict.DELIVERED),
        (Answered(199), Verdict.RETRY),
        (Answered(301), Verdict.RETRY),
        (Answered(307), Verdict.RETRY),
        (Answered(400), Verdict.RETRY),
        (Answered(404), Verdict.RETRY),
        (Answered(410), Verdict.DISABLED),
        (Answered(500), Verdict.RETRY),
        (Answered(None), Verdict.RETRY),
        (Answered(200, wish=Wish.DISABLE), Verdict.DISABLED),
        (Answered(500, wish=Wish.DISABLE), Verdict.DISABLED),
        (Answered(400, wish=Wish.ABORT), Verdict.ABANDONED),
        (Answered(200, wish=Wish.ABORT), Verdict.DELIVERED),
    ],
)
def test_nothing_but_2xx_is_success(answered: Answered, expected: Verdict) -> None:
    assert verdict(answered, 1) is expected


@pytest.mark.parametrize(
    ("text", "expected_us"),
    [
        ("120", 120 * SECOND_US),
        (" 0 ", 0),
        ("Sun, 23 Nov 2025 00:02:00 GMT", 120 * SECOND_US),
        ("Sun, 23 Nov 2025 01:02:00 +0100", 120 * SECOND_US),
        ("Sat, 22 Nov 2025 00:00:00 GMT", 0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
        ("\uff11\uff12\uff10", None),
        ("Sun, 99 Nov 2025 00:02:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, expected_us: int | None) -> None:
    assert read_retry_after(text, NOW_US) == expected_us


@pytest.mark.ci
@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(text: str) -> None:
    found = read_retry_after(text, NOW_US)
    assert found is None or found >= 0
    assert read_wish(text) in Wish


def test_a_receiver_says_what_it_wants_no_more() -> None:
    assert read_wish(" Disable ") is Wish.DISABLE
    assert read_wish("abort-message") is Wish.ABORT
    assert read_wish("pause") is Wish.NONE
