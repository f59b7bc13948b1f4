"""A receiver that fails is probed, announced, and given up after five days of nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.instants import DAY_US, HOUR_US, MINUTE_US
from hoursmith_mcp.core.receivers import (
    FAILING_AFTER,
    TRIPPED_AFTER,
    WELL,
    Health,
    Notice,
    notice_between,
)

HALF = 2**31


def failed(times: int, *, every_us: int = MINUTE_US) -> Health:
    health = WELL
    for number in range(times):
        health = health.after_failure(number * every_us, HALF)
    return health


def test_a_lane_is_as_wide_as_it_is_while_few_failed() -> None:
    health = failed(TRIPPED_AFTER - 1)
    assert health.may_send(0, under_way=3, lane=4)
    assert not health.may_send(0, under_way=4, lane=4)


def test_one_probe_at_a_time_asks_whether_a_receiver_is_back() -> None:
    health = WELL
    for _ in range(TRIPPED_AFTER):
        health = health.after_failure(0, HALF)
    assert not health.may_send(MINUTE_US - 1, under_way=0, lane=4)
    assert health.may_send(MINUTE_US, under_way=0, lane=4)
    assert not health.may_send(MINUTE_US, under_way=1, lane=4)


@pytest.mark.ci
@given(st.integers(TRIPPED_AFTER, 200), st.integers(0, 2**32 - 1))
def test_probes_become_rarer_but_never_rarer_than_hourly(failures: int, chance: int) -> None:
    health = Health(failures=failures - 1, failing_since_us=0).after_failure(0, chance)
    assert health.probed_at_us is not None
    assert MINUTE_US * 8 // 10 <= health.probed_at_us <= HOUR_US * 12 // 10


def test_the_fourth_failure_in_a_row_is_told_once_and_so_is_the_recovery() -> None:
    told = [
        notice_between(failed(number), failed(number + 1), number * MINUTE_US)
        for number in range(TRIPPED_AFTER + 2)
    ]
    assert told.count(Notice.FAILING) == 1
    assert told[FAILING_AFTER - 1] is Notice.FAILING
    assert notice_between(failed(3), WELL, 0) is None
    assert notice_between(failed(4), WELL, 0) is Notice.RECOVERED


def test_a_receiver_is_given_up_after_five_days_and_told_a_day_before() -> None:
    health, told = WELL, dict[int, Notice]()
    for hour in range(5 * 24 + 2):
        after = health.after_failure(hour * HOUR_US, HALF)
        notice = notice_between(health, after, hour * HOUR_US)
        if notice is not None:
            told.setdefault(hour, notice)
        health = after
    assert told == {
        3: Notice.FAILING,
        96: Notice.WARNED,
        120: Notice.DISABLED,
        121: Notice.DISABLED,
    }
    assert health.is_given_up(120 * HOUR_US)


def test_nobody_is_given_up_without_warning_however_seldom_something_is_sent() -> None:
    once = WELL.after_failure(0, HALF)
    later = once.after_failure(30 * DAY_US, HALF)
    assert notice_between(once, later, 30 * DAY_US) is Notice.WARNED
    assert not later.is_given_up(30 * DAY_US)
    assert not later.is_given_up(31 * DAY_US - 1)
    assert later.is_given_up(31 * DAY_US)


@pytest.mark.ci
@given(st.lists(st.booleans(), max_size=300))
def test_who_takes_a_message_now_and_then_is_never_given_up(successes: list[bool]) -> None:
    health, last_success_us = WELL, 0
    for hour, success in enumerate(successes):
        now_us = hour * HOUR_US
        health = WELL if success else health.after_failure(now_us, HALF)
        last_success_us = now_us if success else last_success_us
        assert not (health.is_given_up(now_us) and now_us - last_success_us < 5 * DAY_US - HOUR_US)
