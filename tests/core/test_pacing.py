"""A receiver is sent as many messages as its rate allows, and a clock that jumps changes little."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.instants import HOUR_US, MINUTE_US, SECOND_US
from hoursmith_mcp.core.pacing import MOST_AT_ONCE, held_until_us, pause_us, sent_now

NOW_US = 1_795_167_000_000_000


@given(st.integers(1, 6_000), st.lists(st.integers(0, 10 * SECOND_US), min_size=20))
def test_no_more_is_sent_than_the_rate_allows(per_minute: int, waits: list[int]) -> None:
    now_us, sent, paced_us = NOW_US, 0, None
    for wait_us in waits:
        now_us += wait_us
        held_us = held_until_us(paced_us, per_minute, now_us)
        count, from_us = sent_now(held_us, per_minute, now_us)
        sent += count
        if count:
            paced_us = from_us + count * pause_us(per_minute)
    allowed = 1 + (now_us - NOW_US + SECOND_US) // pause_us(per_minute)
    assert sent <= allowed


def test_a_clock_that_went_back_is_not_waited_for() -> None:
    paced_us = NOW_US + pause_us(60)
    assert held_until_us(paced_us, 60, NOW_US) == paced_us
    assert held_until_us(paced_us, 60, NOW_US - HOUR_US) == 0


def test_the_slowest_rate_holds_for_as_long_as_may_be_taken_at_once() -> None:
    most_us = MOST_AT_ONCE * MINUTE_US
    assert held_until_us(NOW_US + most_us, 1, NOW_US) == NOW_US + most_us


def test_without_a_rate_nothing_is_held() -> None:
    assert held_until_us(NOW_US, None, NOW_US - 1) == 0
