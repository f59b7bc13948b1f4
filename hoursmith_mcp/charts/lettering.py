"""How much room words take, estimated: nothing here measures a font, and none is the reader's."""

from __future__ import annotations

import unicodedata
from functools import cache

CUT = "…"
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
    while kept and (width_of(kept, size) > room or unicodedata.combining(line[len(kept)])):
        kept = kept[:-1]
    return kept.rstrip() + CUT


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
