"""The core's one way to say no to what somebody typed."""

from __future__ import annotations

import unicodedata

LONGEST_ECHO = 40


class Refusal(ValueError):
    """What somebody typed cannot be taken; the text says what is wrong and what to write instead.

    `str(refusal)` is one sentence in our own words, fit to be shown as it is.
    """


def quoted(text: str) -> str:
    """Return the text in quotation marks, fit to be repeated in a refusal.

    At most 40 characters are shown, on one line; what cannot be seen, or would change how its
    surroundings are shown, is left out.
    """
    # An echo never needs more of a megabyte than its beginning.
    beginning = " ".join(text[: LONGEST_ECHO * 4].split())
    shown = "".join(filter(_can_be_shown, beginning))
    if len(shown) > LONGEST_ECHO or len(text) > LONGEST_ECHO * 4:
        shown = shown[: LONGEST_ECHO - 1] + "…"
    return f'"{shown}"'


def _can_be_shown(character: str) -> bool:
    # C*: controls, bidi and other format characters, surrogates, private and unassigned ones.
    # Marks go too: they are not worth their tricks (stacked accents, variation selectors).
    return unicodedata.category(character)[0] not in "CM" and character not in "\u2028\u2029"
