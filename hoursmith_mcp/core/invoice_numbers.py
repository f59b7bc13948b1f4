"""Invoice numbers: a pattern, a place in the series and the day of issue."""

from __future__ import annotations

import re
from datetime import date

from hoursmith_mcp.core.hidden_text import refuse_hidden_characters
from hoursmith_mcp.core.refusal import Refusal, quoted

LONGEST_PATTERN = 60
DEFAULT_PATTERN = "INV-{yyyy}-{number:4}"

_TOKEN = re.compile(r"\{([a-z]+)(?::([1-9]))?\}")
_DAY_TOKENS = ("yyyy", "yy", "mm", "dd")
_WAY_OUT = f"write it like {DEFAULT_PATTERN}, with {{yyyy}}, {{yy}}, {{mm}} or {{dd}} of the issue"


def check_pattern(text: str) -> str:
    """Return a pattern of numbers in its one form: single braces, no white space at its ends.

    Day tokens are {yyyy}, {yy}, {mm} and {dd}; {number} is the place in the series, and {number:4}
    the same with at least four digits (1 to 9). Every token but the number has a fixed width, so
    that two places in a series never make one number. Raises Refusal for no or a second {number},
    an unknown token, a brace left over, more than 60 characters, and what cannot be seen.
    """
    pattern = text.strip().replace("{{", "{").replace("}}", "}")
    refuse_hidden_characters(pattern, what="number pattern", allowed="")
    if len(pattern) > LONGEST_PATTERN:
        raise Refusal(
            f"The number pattern has {len(pattern)} characters; write at most {LONGEST_PATTERN}."
        )
    tokens = list(_TOKEN.finditer(pattern))
    unknown = [token[0] for token in tokens if not _is_known(token[1], token[2])]
    if unknown or set("{}") & set(_TOKEN.sub("", pattern)):
        shown = unknown[0] if unknown else pattern
        raise Refusal(f"{quoted(shown)} is not understood in a number pattern; {_WAY_OUT}.")
    if sum(token[1] == "number" for token in tokens) != 1:
        raise Refusal(f"A number pattern holds {{number}} exactly once; {_WAY_OUT}.")
    return pattern


def format_number(pattern: str, sequence: int, issue_day: date) -> str:
    """Return the number of an invoice from a checked pattern, its place in the series and its day.

    A place with more digits than the pattern asks for keeps them all.
    """
    values = {
        "yyyy": f"{issue_day.year:04}",
        "yy": f"{issue_day.year % 100:02}",
        "mm": f"{issue_day.month:02}",
        "dd": f"{issue_day.day:02}",
    }

    def value(token: re.Match[str]) -> str:
        if token[1] == "number":
            return str(sequence).zfill(int(token[2] or 1))
        return values[token[1]]

    return _TOKEN.sub(value, pattern)


def prefix_of(pattern: str) -> str:
    """Return what stands before the place in the series, its day tokens as they are."""
    return pattern.partition("{number")[0]


def _is_known(name: str, width: str | None) -> bool:
    return name == "number" or (name in _DAY_TOKENS and width is None)
