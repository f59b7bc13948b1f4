"""Instants: their text is exact, and every one lies in one local day, whatever clocks do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hoursmith_mcp.core.instants import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    Stretch,
    instant_text,
    load_zone,
    local_day,
    split_at_midnights,
)
from hoursmith_mcp.core.refusal import Refusal


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


EARLIEST_US = instant("1900-01-02T00:00:00Z")
LATEST_US = instant("2199-12-30T00:00:00Z")

# From UTC-12 to UTC+14, halves and quarters, and the odd ways in which clocks have changed.
ZONES = [
    "Etc/GMT+12",
    "Pacific/Pago_Pago",
    "America/St_Johns",
    "America/New_York",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "UTC",
    "Europe/Dublin",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Antarctica/Troll",
    "Pacific/Kiritimati",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.integers(EARLIEST_US, LATEST_US)


Read = TypeVar("Read")


def answer(read: Callable[[str], Read], text: str) -> Read | str:
    try:
        return read(text)
    except Refusal as refusal:
        return str(refusal)


@pytest.mark.parametrize(
    ("instant_us", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (500_000, "1970-01-01T00:00:00.500000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_795_183_500_000_000, "2026-11-20T14:05:00.000000Z"),
        (10_000_000, "1970-01-01T00:00:10.000000Z"),
    ],
)
def test_prints_rfc_3339(instant_us: int, text: str) -> None:
    assert instant_text(instant_us) == text


@given(instants)
def test_its_text_is_read_as_the_instant_it_is(instant_us: int) -> None:
    assert instant(instant_text(instant_us)) == instant_us


@given(instants, instants)
@example(1_795_183_500_000_000, 1_795_183_500_000_001)
def test_texts_sort_as_their_instants(one_us: int, other_us: int) -> None:
    assert (instant_text(one_us) < instant_text(other_us)) is (one_us < other_us)


@pytest.mark.parametrize(
    "name", [*ZONES, "Etc/GMT-14", "America/Argentina/Buenos_Aires", "EST5EDT"]
)
def test_loads_zones_by_their_iana_name(name: str) -> None:
    assert load_zone(f" {name} ").key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Berlin",
        "Europe",
        "Europe/",
        "Europe/Berlin/..",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "zone.tab",
        "CEST",
        "+01:00",
        "Europe\\Berlin",
        "Europe/Berlin\x00",
        "Europe/Ber\u202elin",
        "\ud800",
        "A" * 5000,
        "A/" * 5000,
    ],
)
def test_refuses_other_names_of_zones_with_the_form(name: str) -> None:
    with pytest.raises(Refusal, match="like Europe/Berlin"):
        load_zone(name)


def test_offers_the_right_spelling_of_a_zone() -> None:
    with pytest.raises(Refusal, match="like America/New_York"):
        load_zone("america/new_york")


@pytest.mark.parametrize(
    ("city", "zone"),
    [("Tokyo", "Asia/Tokyo"), ("new york", "America/New_York"), ("Berlin", "Europe/Berlin")],
)
def test_a_city_is_answered_with_its_zone(city: str, zone: str) -> None:
    with pytest.raises(Refusal, match=f"like {zone}"):
        load_zone(city)


@given(st.text())
def test_any_text_is_a_zone_or_refused(name: str) -> None:
    match answer(load_zone, name):
        case str(refusal):
            assert "IANA name" in refusal
        case zone:
            assert zone.key == name.strip()


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Etc/GMT+12", "2026-11-20"),
        ("Pacific/Kiritimati", "2026-11-21"),
        ("Asia/Kathmandu", "2026-11-20"),
        ("UTC", "2026-11-20"),
    ],
)
def test_shows_the_calendar_on_the_wall(zone: str, day: str) -> None:
    instant_us = instant("2026-11-20T14:05:59.999999Z")
    assert local_day(instant_us, ZoneInfo(zone)).isoformat() == day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("UTC", date(2026, 3, 29), 24),
    ],
)
def test_a_day_on_which_clocks_change_is_one_stretch(zone: str, day: date, hours: int) -> None:
    place = ZoneInfo(zone)
    start_us, stop_us = (
        instant(datetime(one.year, one.month, one.day, tzinfo=place).isoformat())
        for one in (day, day + timedelta(days=1))
    )
    assert stop_us - start_us == hours * HOUR_US
    assert split_at_midnights(start_us, stop_us, place) == [Stretch(day, start_us, stop_us)]


def test_cuts_a_night_across_the_year_end() -> None:
    start_us, stop_us = instant("2025-12-31T21:00:00Z"), instant("2026-01-01T01:30:00Z")
    midnight_us = instant("2025-12-31T23:00:00Z")
    assert split_at_midnights(start_us, stop_us, ZoneInfo("Europe/Berlin")) == [
        Stretch(date(2025, 12, 31), start_us, midnight_us),
        Stretch(date(2026, 1, 1), midnight_us, stop_us),
    ]


def test_a_day_comes_up_twice_where_clocks_went_back_across_midnight() -> None:
    start_us = instant("2006-10-29T00:00:00Z")
    pieces = split_at_midnights(start_us, start_us + 6 * HOUR_US, ZoneInfo("America/St_Johns"))
    assert [piece.day.day for piece in pieces] == [28, 29, 28, 29]
    assert [(piece.stop_us - piece.start_us) // MINUTE_US for piece in pieces] == [150, 1, 59, 150]


@pytest.mark.parametrize("around_us", [1, 2, 3, 7, 1_234_567, MINUTE_US])
def test_cuts_to_the_microsecond_where_clocks_change(around_us: int) -> None:
    change_us = instant("2006-10-29T02:31:00Z")
    start_us, stop_us = change_us - around_us, change_us + around_us
    assert split_at_midnights(start_us, stop_us, ZoneInfo("America/St_Johns")) == [
        Stretch(date(2006, 10, 29), start_us, change_us),
        Stretch(date(2006, 10, 28), change_us, stop_us),
    ]


def test_no_time_gives_no_stretch_and_less_is_refused() -> None:
    assert split_at_midnights(5, 5, ZoneInfo("UTC")) == []
    with pytest.raises(Refusal, match="write the start first"):
        split_at_midnights(1, 0, ZoneInfo("UTC"))


@given(instants, st.integers(1, 5 * DAY_US), zones)
@example(instant("2006-10-28T00:00:00Z"), 3 * DAY_US, ZoneInfo("America/St_Johns"))
@example(instant("2018-11-03T00:00:00Z"), 3 * DAY_US, ZoneInfo("America/Sao_Paulo"))
@example(instant("2011-12-29T00:00:00Z"), 3 * DAY_US, ZoneInfo("Pacific/Apia"))
def test_stretches_sum_to_the_whole_and_lie_in_their_day(
    start_us: int, length_us: int, zone: ZoneInfo
) -> None:
    stop_us = start_us + length_us
    stretches = split_at_midnights(start_us, stop_us, zone)
    assert (stretches[0].start_us, stretches[-1].stop_us) == (start_us, stop_us)
    assert sum(piece.stop_us - piece.start_us for piece in stretches) == length_us
    for piece, following in pairwise(stretches):
        assert piece.stop_us == following.start_us
        assert piece.day != following.day
    for piece in stretches:
        middle_us = (piece.start_us + piece.stop_us) // 2
        for instant_us in (piece.start_us, middle_us, piece.stop_us - 1):
            assert local_day(instant_us, zone) == piece.day


@given(instants)
def test_agrees_with_the_calendar_of_the_standard_library(instant_us: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)
    assert datetime.fromisoformat(instant_text(instant_us)) == moment
    assert re.fullmatch(r"[0-9T:-]{19}\.[0-9]{6}Z", instant_text(instant_us))
