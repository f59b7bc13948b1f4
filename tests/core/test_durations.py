"""Durations: what people write is read as they mean it, or they are told what to write."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.durations import format_duration, hours_text, parse_duration
from hoursmith_mcp.core.refusal import Refusal

HOUR = 3600
MINUTE = 60
LONGEST = 1000 * HOUR
WAY_OUT = re.compile(r"\d+(h|m)\b")

READ = [
    ("2h", 2 * HOUR),
    ("1h30m", 90 * MINUTE),
    ("1h 30m", 90 * MINUTE),
    ("1h30", 90 * MINUTE),
    ("1h 5", 65 * MINUTE),
    ("1:30", 90 * MINUTE),
    ("0:05", 5 * MINUTE),
    ("1:30:15", 90 * MINUTE + 15),
    ("90m", 90 * MINUTE),
    ("1.5h", 90 * MINUTE),
    ("1,5 h", 90 * MINUTE),
    ("1,5\u00a0h", 90 * MINUTE),
    (".25h", 15 * MINUTE),
    ("45 min", 45 * MINUTE),
    ("2 hours", 2 * HOUR),
    ("1 hour 30 minutes", 90 * MINUTE),
    ("1 hour, 30 minutes", 90 * MINUTE),
    ("1 Hour and 30 Minutes", 90 * MINUTE),
    ("30s", 30),
    ("90 seconds", 90),
    ("1h 15s", HOUR + 15),
    ("1h1m1s", HOUR + MINUTE + 1),
    ("  2   H ", 2 * HOUR),
    ("1m30s", 90),
    ("2 hrs 5 mins", 2 * HOUR + 5 * MINUTE),
    ("1000h", LONGEST),
    ("1000:00", LONGEST),
    ("1s", 1),
    ("half an hour", 30 * MINUTE),
    ("half hour", 30 * MINUTE),
    ("a half hour", 30 * MINUTE),
    ("Quarter of an hour", 15 * MINUTE),
    ("a quarter hour", 15 * MINUTE),
    ("three quarters of an hour", 45 * MINUTE),
    ("an hour", HOUR),
    ("an hour and a half", 90 * MINUTE),
    ("an hour and a quarter", 75 * MINUTE),
    ("an hour and ten minutes", 70 * MINUTE),
    ("two hours", 2 * HOUR),
    ("Two hours and a half", 150 * MINUTE),
    ("two and a half hours", 150 * MINUTE),
    ("2 and a half hours", 150 * MINUTE),
    ("one and three quarters hours", 105 * MINUTE),
    ("twelve hours", 12 * HOUR),
    ("forty-five minutes", 45 * MINUTE),
    ("twenty five min", 25 * MINUTE),
    ("ninety minutes", 90 * MINUTE),
    ("two hours and half an hour", 150 * MINUTE),
    ("a minute and a half", 90),
]

# A fraction goes to the nearest second, a half up.
ROUNDED = [
    ("1.3333h", 4800),
    ("0.0001h", None),
    ("0.00013888h", None),
    ("0.00013889h", 1),
    ("0.5s", 1),
    ("0.49s", None),
    ("1.5s", 2),
    ("2.5s", 3),
    ("0.025m", 2),
    ("0.33333333333333333333h", 1200),
]

REFUSED = [
    ("2", "2h for hours or 2m"),
    ("1.5", "1.5h for hours"),
    ("90", "90m"),
    ("0h", "less than a second"),
    ("0:00", "less than a second"),
    ("-2h", "less than nothing"),
    ("\u22122h", "less than nothing"),
    ("1000h1s", "1,000 hours"),
    ("1001h", "1,000 hours"),
    ("99999h", "1,000 hours"),
    ("1,500m", "two ways"),
    ("1,500", "two ways"),
    ("1.5h30m", "fraction before"),
    ("1h90m", "60 or more"),
    ("1m60s", "60 or more"),
    ("1:5", "not a duration"),
    ("1:60", "not a duration"),
    ("1:30:60", "not a duration"),
    ("30m 1h", "not a duration"),
    ("1h 1h", "not a duration"),
    ("2x", "not a duration"),
    ("h", "not a duration"),
    (", 90m", "not a duration"),
    ("1e3h", "not a duration"),
    ("\u0662h", "not a duration"),
    ("\uff12h", "not a duration"),
    ("\u00b2h", "not a duration"),
    ("9" * 5000 + "h", "not a duration"),
    ("", "not a duration"),
    ("two", "write 2h for hours or 2m"),
    ("a half", "not a duration"),
    ("half", "not a duration"),
    ("a couple of hours", "not a duration"),
    ("two and a half", "not a duration"),
    ("two half hours", "not a duration"),
    ("one hundred hours", "not a duration"),
    ("an hour and a half and ten minutes", "not a duration"),
    ("1.5 hours and a half", "not a duration"),
    ("half an hour and ten minutes", "not a duration"),
    ("all day", "not a duration"),
    ("halfanhour", "not a duration"),
    ("zero hours", "not a duration"),
    ("3 quarters", "not a duration"),
]


def answer(text: str) -> int | str:
    try:
        return parse_duration(text)
    except Refusal as refusal:
        return str(refusal)


@pytest.mark.parametrize(("text", "seconds"), READ)
def test_reads_what_people_write(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "seconds"), ROUNDED)
def test_takes_a_fraction_to_the_nearest_second(text: str, seconds: int | None) -> None:
    if seconds is None:
        with pytest.raises(Refusal, match="less than a second"):
            parse_duration(text)
    else:
        assert parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refuses_with_the_reason_and_a_way_out(text: str, reason: str) -> None:
    with pytest.raises(Refusal, match=re.escape(reason)) as refused:
        parse_duration(text)
    assert WAY_OUT.search(str(refused.value))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2 * HOUR, "2h"),
        (90 * MINUTE, "1h30m"),
        (45 * MINUTE, "45m"),
        (90 * MINUTE + 15, "1h30m15s"),
        (HOUR + 15, "1h15s"),
        (20, "20s"),
        (LONGEST, "1000h"),
        (0, "0m"),
        (-90 * MINUTE, "-1h30m"),
    ],
)
def test_prints_compactly(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(1, LONGEST))
def test_reads_back_what_it_prints(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.integers(0, 999), st.integers(0, 59), st.integers(1, 59))
def test_reads_every_way_of_writing_the_same_time_alike(
    hours: int, minutes: int, rest: int
) -> None:
    expected = hours * HOUR + minutes * MINUTE + rest
    assert parse_duration(f"{hours}:{minutes:02}:{rest:02}") == expected
    assert parse_duration(f"{hours}h {minutes}m {rest}s") == expected
    assert parse_duration(f"{hours} Hours {minutes} minutes and {rest} seconds") == expected
    assert parse_duration(f"{expected}s") == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5400, "1.5"),
        (3600, "1"),
        (360000, "100"),
        (15, "0.0042"),
        (0, "0"),
        (9, "0.0025"),
        (1, "0.0003"),
        (20 * MINUTE, "0.3333"),
        (40 * MINUTE, "0.6667"),
        # 0.00125 exactly: the half goes up.
        (900 * 5, "1.25"),
        (-5400, "-1.5"),
    ],
)
def test_writes_decimal_hours(seconds: int, text: str) -> None:
    assert hours_text(seconds) == text


@given(st.integers(0, LONGEST))
def test_decimal_hours_are_the_nearest_and_have_no_trailing_zeros(seconds: int) -> None:
    whole, _, fraction = hours_text(seconds).partition(".")
    assert len(fraction) <= 4
    assert not fraction.endswith("0")
    ten_thousandths = int(whole + fraction.ljust(4, "0"))
    assert abs(ten_thousandths * HOUR - seconds * 10_000) * 2 <= HOUR


WORDS = st.sampled_from("a an half quarter three two of and hour hours minutes 2 1.5 30m".split())


@given(
    st.text()
    | st.from_regex(r"[0-9hms:., -]{0,12}", fullmatch=True)
    | st.lists(WORDS, max_size=6).map(" ".join)
)
@example("\ud800")
@example("1\u202eh")
def test_any_text_is_read_or_refused_with_a_way_out(text: str) -> None:
    match answer(text):
        case str(refusal):
            assert WAY_OUT.search(refusal)
        case seconds:
            assert 1 <= seconds <= LONGEST
