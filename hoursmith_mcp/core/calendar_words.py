"""What the grammars of days, periods and instants share: names, numbers and the years in reach."""

from __future__ import annotations

from datetime import date
from typing import Final

from hoursmith_mcp.core.number_words import in_figures
from hoursmith_mcp.core.refusal import Refusal, quoted

# A year outside these is a slip of the keyboard ("0206-11-20"), not a day of anybody's work.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES: Final = (
    "january february march april may june july august september october november december".split()
)

# Word -> number: weekdays from 0 (Monday), months from 1.
WEEKDAY_NUMBERS: Final = {
    word: number
    for number, name in enumerate(WEEKDAYS)
    for word in (name.lower(), name.lower()[:3])
}
MONTH_NUMBERS: Final = {
    word: number for number, name in enumerate(MONTH_NAMES, start=1) for word in (name, name[:3])
} | {"sept": 9}

# For regular expressions. The grammars keep theirs as text: `re` compiles one when it is first
# needed, and a client that starts us waits for none of them.
WEEKDAY: Final = "|".join(WEEKDAY_NUMBERS)
MONTH: Final = "|".join(MONTH_NUMBERS)


def plain(text: str) -> str:
    """Return the text in lower case, its numbers in figures, with one space for white space."""
    return in_figures(" ".join(text.lower().split()))


def parse_month(text: str) -> int:
    """Read the name of a month, whole or its beginning, and return its number from 1.

    Raises Refusal for other words.
    """
    number = MONTH_NUMBERS.get(plain(text))
    if number is None:
        raise Refusal(f"{quoted(text)} is no month; write its name, like april.")
    return number


def existing_day(year: int, month: int, day: int) -> date | None:
    """Return the day, or None where the calendar has none such (30 February, month 13)."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def require_year_in_reach(year: int) -> None:
    """Raise Refusal for a year before 1900 or after 2199."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(
            f"The year {year:04} is out of reach; write one from {FIRST_YEAR} to {LAST_YEAR}, "
            "with its four digits, like 2026-11-20."
        )
