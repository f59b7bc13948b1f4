"""Characters that hide or reorder what surrounds them: they may not come into a name or a note.

Such text reads one way to a person and another to a program, or to a model that acts on it.
"""

from __future__ import annotations

import unicodedata

from hoursmith_mcp.core.refusal import Refusal

# Format characters that belong to writing: zero-width (non-)joiners of Persian and of emoji, and
# the number, verse and abbreviation marks of Arabic, Syriac and Kaithi, which can be seen.
_FORMAT_OF_WRITING = frozenset(
    "\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
    "\U000110bd\U000110cd"
)
# Not of category Cf, but not seen either: the grapheme joiner, and marks of Khmer that are void.
_UNSEEN_MARKS = frozenset("\u034f\u17b4\u17b5")
# Letters that are blank by definition.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def refuse_hidden_characters(text: str, *, what: str, allowed: str) -> None:
    """Raise Refusal at the first character that hides or reorders text, naming its code point.

    `allowed` holds the controls that may stay (a line feed, a tab); `what` names the text.
    """
    before = ""
    for character in text:
        if character not in allowed and _hides(character, before):
            place = "" if allowed else ", on one line"
            raise Refusal(
                f"The {what} holds {_described(character)}; take it out, and write only what can "
                f"be seen{place}."
            )
        before = character


def without_hidden_characters(text: str) -> str:
    """Return text without what hides or reorders it, for what is handed on and not stored."""
    kept: list[str] = []
    before = ""
    for character in text:
        if character in "\n\t" or not _hides(character, before):
            kept.append(character)
        before = character
    return "".join(kept)


def shows(character: str) -> bool:
    """Tell whether a character leaves a mark of its own on the page."""
    return character not in _BLANK_LETTERS and unicodedata.category(character)[0] not in "CMZ"


def _hides(character: str, before: str) -> bool:
    code_point = ord(character)
    if _is_variation_selector(code_point):
        # One chooses a form for what stands before it; a row of them can only carry a message.
        return bool(before) and _is_variation_selector(ord(before))
    category = unicodedata.category(character)
    if category == "Cf":
        return character not in _FORMAT_OF_WRITING
    return (
        category in ("Cc", "Cs", "Zl", "Zp")
        or character in _UNSEEN_MARKS
        or _is_noncharacter(code_point)
        or _is_reserved_for_the_unseen(code_point)
    )


def _is_variation_selector(code_point: int) -> bool:
    return 0xFE00 <= code_point <= 0xFE0F or 0xE0100 <= code_point <= 0xE01EF


def _is_noncharacter(code_point: int) -> bool:
    return code_point & 0xFFFE == 0xFFFE or 0xFDD0 <= code_point <= 0xFDEF


def _is_reserved_for_the_unseen(code_point: int) -> bool:
    """Tell code points that Unicode keeps for characters nobody will see, the tags among them."""
    return (
        code_point == 0x2065 or 0xFFF0 <= code_point <= 0xFFF8 or 0xE0000 <= code_point <= 0xE0FFF
    )


def _described(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    known = {"\n": "line feed", "\r": "carriage return", "\t": "tab"}.get(character, name)
    return f"U+{ord(character):04X} ({known})" if known else f"U+{ord(character):04X}"
