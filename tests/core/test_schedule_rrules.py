"""Rules as programs write them: what they mean by RFC 5545, or not at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr

from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import days

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=5",
        "RRULE:FREQ=WEEKLY;BYDAY=TU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;WKST=SU",
        "FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20270501",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;BYDAY=2FR",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=WE;BYSETPOS=3",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTH=1,4,7,10;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYMONTH=1,4,7,10;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=3",
    ],
)
def test_it_names_the_days_that_the_standard_names(text: str) -> None:
    series: Any = rrulestr(text, dtstart=datetime(FRIDAY.year, FRIDAY.month, FRIDAY.day))
    wanted = [one.date() for one in islice(series, 20)]
    for said in (text, text.lower(), f" {text}; "):
        found = days(parse_rule(said), FRIDAY, after=FRIDAY - timedelta(days=1))
        assert list(islice(found, 20)) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=MINUTELY", "more than once a day"),
        ("RRULE:FREQ=HOURLY;INTERVAL=48", "more than once a day"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "There is never a 30 February"),
        ("FREQ=DAILY;INTERVAL=0", "is never"),
        ("FREQ=DAILY;INTERVAL=many", "is not one number"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;UNTIL=june", "is no day"),
        ("FREQ=DAILY;FREQ=DAILY", "is no RRULE"),
        ("FREQ=DAILY;BYDAY=MO", "BYDAY is not taken"),
        ("FREQ=DAILY;DTSTART=20261204", "say that beside the rule, with starting"),
        ("FREQ=DAILY;BYHOUR=9", "say that beside the rule, with at"),
        ("FREQ=FORTNIGHTLY", "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=WEEKLY", "is not one day"),
        ("FREQ=WEEKLY;BYDAY=MO,FR", "make a rule for each"),
        ("FREQ=WEEKLY;BYDAY=1FR", "is not one day, like BYDAY=FR"),
        ("FREQ=MONTHLY", "Say one day of the month"),
        ("FREQ=MONTHLY;BYDAY=FR", "Say which weekday of the month"),
        ("FREQ=MONTHLY;BYDAY=5FR", "first to fourth"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "make a rule for each"),
        # Here the 31st would be the last day of a shorter month; the standard leaves that out.
        ("FREQ=MONTHLY;BYMONTHDAY=31", "BYMONTHDAY=-1 is the last day"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "leaves out what has no such day"),
        ("FREQ=MONTHLY;BYMONTH=3,6,9,12;BYMONTHDAY=1", "A quarter has a day"),
        ("FREQ=MONTHLY;BYMONTH=1;BYMONTHDAY=1", "BYMONTH is not taken"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "Say the month"),
    ],
)
def test_what_it_cannot_be_here_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        parse_rule(text)
