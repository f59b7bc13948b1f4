"""Other words for periods, told in those that the grammar of periods has: "ytd", "oct 1-15"."""

from __future__ import annotations

import re
from typing import Final

from hoursmith_mcp.core.calendar_words import MONTH, WEEKDAY

_ORDINALS: Final = {
    "first": "1", "1st": "1", "second": "2", "2nd": "2", "third": "3", "3rd": "3",
    "fourth": "4", "4th": "4",
}  # fmt: skip
_NTH = "|".join(_ORDINALS)
_UNIT = "(?:fiscal )?(?:year|quarter|month|week)"
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DAY = "[0-9]{1,2}"

_ALIKE: Final = (
    (r"\bcalendar (?=year|quarter|month|week)", ""),
    (r"\bfinancial (?=year|quarter)", "fiscal "),
    (r"\b(?:trailing|rolling) (?=[0-9]+ days?\b)", "last "),
    (r"\bprevious (?=[0-9]+ (?:week|month|quarter|year)s?\b)", "last "),
    (r"\bytd$", "year to date"),
    (r"\bqtd$", "quarter to date"),
    (r"\bmtd$", "month to date"),
    (r"\bwtd$", "week to date"),
    (r" to date$", " so far"),
    (rf"^(?:the )?(?={_UNIT} so far$)", "this "),
    # "Q4/2026", "Q4 of 2026", "2026Q4", "november, 2026", "half of 2026".
    (rf"\b(q[1-4]|h[12]|{MONTH})(?:,|/| of| in)? ?(?=[0-9]{{4}}\b)", r"\1 "),
    (r"\b([0-9]{4})[- ]?(?=[qh][1-4]\b)", r"\1-"),
    # "11/2026" and "2026/11" are a month: with a year in four figures it cannot be a day.
    (r"^(?P<month>0?[1-9]|1[0-2])[/.-](?P<year>[0-9]{4})$", r"\g<year>-\g<month>"),
    (r"^(?P<year>[0-9]{4})/(?P<month>[0-9]{2})$", r"\g<year>-\g<month>"),
    (r"^([0-9]{4})-([1-9])$", r"\1-0\2"),
    (r"^([0-9]{4})[-–]([0-9]{4})$", r"\1 to \2"),
    # An interval of ISO 8601.
    (rf"^({_ISO})/({_ISO})$", r"\1..\2"),
    (rf"^((?:{MONTH})|(?:{WEEKDAY}))[-–](?=(?:{MONTH}|{WEEKDAY})\b)", r"\1 to "),
    (rf"^({MONTH}) ({_DAY})[-–]({_DAY})(?:,? ([0-9]{{4}}))?$", r"\1 \2 \4 to \1 \3 \4"),
    (rf"^({_DAY})[-–]({_DAY}) ({MONTH})(?: ([0-9]{{4}}))?$", r"\1 \3 \4 to \2 \3 \4"),
)


def in_known_words(phrase: str) -> str:
    """Return a plain phrase in the words that periods are read from."""
    phrase = re.sub(rf"\b({_NTH}) (quarter|half)\b", _numbered, phrase)
    for pattern, words in _ALIKE:
        phrase = re.sub(pattern, words, phrase)
    return " ".join(phrase.split())


def _numbered(match: re.Match[str]) -> str:
    return f"{match[2][0]}{_ORDINALS[match[1]]}"
