"""How much room words take, estimated: nothing here measures a font, and none is the reader's."""

from __future__ import annotations

import unicodedata
from functools import cache

CUT = "…"
BETWEEN = " · "
"""What stands between the parts of a line."""

THIN_SPACE = "\u202f"
"""A narrow one, at which no line is broken."""
_LEAST_OF_TWO_ENDS = 6
"""How much room a beginning and an end take together, in letters that are as broad as tall."""
_NARROW = frozenset("fijlrtI.,:;'|!()[]/ \u202f·-")
_BROAD = frozenset("mwMW@%&<>=+~—…")
# In hundredths of their size, as in DejaVu Sans, which is broader than most.
_WIDTHS = {"narrow": 38, "usual": 63, "tall": 75, "broad": 99, "full": 104}


def width_of(text: str, size: int) -> int:
    """Return about how many pixels a line of text takes in letters of a size, rather too many."""
    return -(-sum(_hundredths(letter) for letter in text) * size // 100)


def shortened(text: str, size: int, most: int) -> str:
    """Return a line of text, cut where it would take more than `most` pixels."""
    line = " ".join(text.split())
    if width_of(line, size) <= most:
        return line
    room = most - width_of(CUT, size)
    kept = line
    while kept and width_of(kept, size) > room:  # A mark on a letter is not broad: both go.
        kept = kept[:-1]
    return kept.rstrip() + CUT


def _cut_within(text: str, size: int, most: int) -> str:
    """Return a line that is cut before its end, as things that are called alike differ there."""
    line = " ".join(text.split())
    if width_of(line, size) <= most or most < _LEAST_OF_TWO_ENDS * size:
        return shortened(line, size, most)
    end = ""
    for letter in reversed(line):
        if width_of(letter + end, size) > most // 3:
            break
        end = letter + end
    while end and unicodedata.combining(end[0]):
        end = end[1:]
    begin = shortened(line[: len(line) - len(end)], size, most - width_of(end, size))
    return begin + end.lstrip() if begin.endswith(CUT) else begin + CUT + end.lstrip()


def fitted(text: str, size: int, most: int) -> str:
    """Return a line that takes no more than `most` pixels: of its parts the long ones are cut."""
    if width_of(text, size) <= most:
        return " ".join(text.split())
    parts = text.split(BETWEEN)
    room = most - width_of(BETWEEN, size) * (len(parts) - 1)
    # What the short ones leave is for the longer ones.
    by_width = sorted(range(len(parts)), key=lambda place: width_of(parts[place], size))
    for taken, place in enumerate(by_width):
        own = min(width_of(parts[place], size), room // (len(parts) - taken))
        parts[place] = _cut_within(parts[place], size, own)
        room -= own
    return BETWEEN.join(parts)


def number_text(text: str) -> str:
    """Return a decimal number as people read it: "29184.70" is "29 184.70"."""
    whole, point, fraction = text.removeprefix("-").partition(".")
    # People disagree about points and commas between thousands.
    spaced = f"{int(whole):,}".replace(",", THIN_SPACE)
    sign = "\N{MINUS SIGN}" if text.startswith("-") else ""
    return f"{sign}{spaced}{point}{fraction}"


@cache
def _hundredths(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDTHS["full"]
    if letter in _NARROW:
        return _WIDTHS["narrow"]
    if letter in _BROAD:
        return _WIDTHS["broad"]
    return _WIDTHS["tall" if letter.isupper() else "usual"]
