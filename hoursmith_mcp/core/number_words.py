"""Numbers as people say them: "two", "an", "forty-five"; and halves and quarters of a unit."""

from __future__ import annotations

import re
from typing import Final

_ONES = "one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

_NUMBERS: Final = (
    {"a": 1, "an": 1}
    | {word: number for number, word in enumerate([*_ONES, *_TEENS], start=1)}
    | {word: 10 * number for number, word in enumerate(_TENS, start=2)}
    | {
        f"{ten}{join}{one}": 10 * tens + ones
        for tens, ten in enumerate(_TENS, start=2)
        for ones, one in enumerate(_ONES, start=1)
        for join in "- "
    }
)
_LONGEST_FIRST = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_NUMBER_WORD = rf"(?<![\w.,])(?:{_LONGEST_FIRST})(?![\w.,])"

_SIXTIETHS: Final = {"half": 30, "quarter": 15, "3 quarters": 45}
_PART = "(?P<part>half|quarter|3 quarters)"
_UNIT = "(?P<unit>hour|minute)s?"
# "Half an hour", "a quarter of an hour"; "an hour and a half"; "two and a half hours".
_PART_OF_A_UNIT = rf"(?:1 )?{_PART} (?:of )?(?:1 )?{_UNIT}"
_UNIT_AND_A_PART = (
    rf"(?<![0-9.,:])(?P<whole>[0-9]+) {_UNIT} and (?:1 )?{_PART}(?! (?:of|1|hour|minute))"
)
_WHOLE_AND_A_PART = rf"(?<![0-9.,:])(?P<whole>[0-9]+) and (?:1 )?{_PART} {_UNIT}"


def in_figures(phrase: str) -> str:
    """Return a phrase in lower case with the numbers up to 99 in figures: "2 weeks", "1 hour"."""
    return re.sub(_NUMBER_WORD, lambda match: str(_NUMBERS[match[0]]), phrase)


def fractions_in_figures(phrase: str) -> str:
    """Return a phrase with figures for its numbers, and "30 minutes" for half an hour."""
    figures = in_figures(phrase)
    for pattern in (_UNIT_AND_A_PART, _WHOLE_AND_A_PART, _PART_OF_A_UNIT):
        figures = re.sub(pattern, _in_sixtieths, figures)
    return figures


def _in_sixtieths(match: re.Match[str]) -> str:
    smaller = {"hour": "minutes", "minute": "seconds"}[match["unit"]]
    part = f"{_SIXTIETHS[match['part']]} {smaller}"
    whole = match.groupdict().get("whole")
    return part if whole is None else f"{whole} {match['unit']} {part}"
