"""What becomes of measured time: one entry where it fits, cut at midnights and full days."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hoursmith_mcp.core.billing import SECONDS_PER_DAY
from hoursmith_mcp.core.timers import US, Piece, pieces_that_fit

FRIDAY = date(2026, 11, 20)
SATURDAY = date(2026, 11, 21)
HOUR_US = 3_600 * US
DAY_US = 24 * HOUR_US


def test_a_nights_work_stays_one_entry_on_the_day_it_began() -> None:
    stretches = [(FRIDAY, 22 * HOUR_US, DAY_US), (SATURDAY, DAY_US, DAY_US + 2 * HOUR_US)]
    whole = Piece(FRIDAY, 22 * HOUR_US, DAY_US + 2 * HOUR_US, 4 * 3_600)
    assert pieces_that_fit(stretches, {}) == [whole]
    assert pieces_that_fit(stretches, {FRIDAY: 20 * 3_600}) == [whole]


def test_time_that_the_first_day_cannot_hold_is_cut_at_midnight() -> None:
    stretches = [(FRIDAY, 22 * HOUR_US, DAY_US), (SATURDAY, DAY_US, DAY_US + 2 * HOUR_US)]
    assert pieces_that_fit(stretches, {FRIDAY: 20 * 3_600 + 1}) == [
        Piece(FRIDAY, 22 * HOUR_US, DAY_US, 2 * 3_600),
        Piece(SATURDAY, DAY_US, DAY_US + 2 * HOUR_US, 2 * 3_600),
    ]


def test_a_full_day_takes_no_more_than_it_has_room_for() -> None:
    stretch = [(FRIDAY, 0, 3 * HOUR_US)]
    assert pieces_that_fit(stretch, {FRIDAY: 22 * 3_600}) == [
        Piece(FRIDAY, 0, 3 * HOUR_US, 2 * 3_600)
    ]
    assert pieces_that_fit(stretch, {FRIDAY: SECONDS_PER_DAY}) == [Piece(FRIDAY, 0, 3 * HOUR_US, 0)]


def test_a_day_of_25_hours_has_room_for_24() -> None:
    assert pieces_that_fit([(FRIDAY, 0, 25 * HOUR_US)], {}) == [
        Piece(FRIDAY, 0, 25 * HOUR_US, SECONDS_PER_DAY)
    ]


@given(
    lengths=st.lists(st.integers(1, SECONDS_PER_DAY), min_size=1, max_size=5),
    taken=st.lists(st.integers(0, SECONDS_PER_DAY), min_size=5, max_size=5),
)
def test_no_day_passes_24_hours_and_no_room_is_wasted(lengths: list[int], taken: list[int]) -> None:
    days = [FRIDAY + timedelta(days=number) for number in range(5)]
    stretches: list[tuple[date, int, int]] = []
    for day, seconds in zip(days, lengths, strict=False):
        start_us = stretches[-1][2] if stretches else 0
        stretches.append((day, start_us, start_us + seconds * US))
    full = dict(zip(days, taken, strict=True))
    pieces = pieces_that_fit(stretches, full)
    assert all(piece.seconds + full[piece.day] <= SECONDS_PER_DAY for piece in pieces)
    rooms = {day: SECONDS_PER_DAY - full[day] for day in days}
    if len(pieces) == 1 < len(stretches):
        assert pieces[0].seconds == sum(lengths)
    else:
        assert [piece.seconds for piece in pieces] == [
            min(seconds, rooms[day]) for day, seconds in zip(days, lengths, strict=False)
        ]
