"""What people call things: how a name is cleaned, how it is compared, and how it is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hoursmith_mcp.core.hidden_text import refuse_hidden_characters, shows
from hoursmith_mcp.core.refusal import Refusal


@dataclass(frozen=True)
class Candidate:
    """A thing that a name may mean, and the name it belongs under (of a project: its client's)."""

    id: str
    name: str
    context: str = ""

    @property
    def label(self) -> str:
        """How it is told from others: the name, and in brackets what it belongs under."""
        return f"{self.name} ({self.context})" if self.context else self.name


_NO_STEP = 6
_ASCII_WORD = re.compile("[0-9a-z]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")


def fold(text: str) -> str:
    """Return the form in which names are compared: width, case and spacing make no difference."""
    compatible = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", compatible).split())


def clean_line(text: str, *, what: str, max_length: int) -> str:
    """Return one line of text in NFC, without white space at its ends.

    `what` names the thing in a refusal ("name"); lengths are in code points. Raises Refusal for
    line breaks and tabs, characters that hide or reorder text, a line that shows nothing, and one
    that is too long.
    """
    cleaned = _clean(text, what=what, allowed="", max_length=max_length)
    if not any(shows(character) for character in cleaned):
        raise Refusal(f"The {what} is empty; write at least one letter or digit.")
    return cleaned


def clean_text(text: str, *, what: str, max_length: int) -> str:
    """Return text of any number of lines in NFC, without white space at its ends.

    Lines end with a line feed whatever ended them before, tabs stay, and no text is fine. `what`
    names the thing in a refusal; lengths are in code points. Raises Refusal for characters that
    hide or reorder text, and for too much of it.
    """
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _clean(unix, what=what, allowed="\n\t", max_length=max_length)


def match_names(
    query: str, candidates: Sequence[Candidate], *, whole: bool = False
) -> list[Candidate]:
    """Return what the query means, in the order given; the first step with any hit decides.

    1. the very name; 2. the folded name, or the label that tells it from others; and unless
    `whole` is asked for, every word of the query begins a word of: 3. the name; 4. the name or its
    context, and at least one of the name ("acme redesign" finds Acme's "Website redesign"); 5. the
    context ("acme" finds what is Acme's). A name's words are also found without their accents, as
    many keyboards have none: "cafe" finds "Café" and "Cafe", "café" the first alone.
    """
    folded = fold(query)
    wanted = [] if whole else _words(folded)
    is_label = folded.endswith(")")

    @cache  # Many share one context: projects their client.
    def words_of_context(context: str) -> list[str]:
        return _words_to_find(fold(context))

    def step(candidate: Candidate) -> int:
        if candidate.name == query:
            return 1
        name = fold(candidate.name)
        if name == folded or (is_label and fold(candidate.label) == folded):
            return 2
        if not wanted:
            return _NO_STEP
        own = _words_to_find(name)
        if _all_begin(wanted, own):
            return 3
        if not _all_begin(wanted, own + words_of_context(candidate.context)):
            return _NO_STEP
        return 4 if any(_begins(word, own) for word in wanted) else 5

    best = _NO_STEP
    hits: list[Candidate] = []
    for candidate in candidates:
        reached = step(candidate)
        if reached < best:
            best, hits = reached, []
        if reached == best < _NO_STEP:
            hits.append(candidate)
    return hits


def _all_begin(wanted: list[str], words: list[str]) -> bool:
    return all(_begins(word, words) for word in wanted)


def _begins(wanted: str, words: list[str]) -> bool:
    return any(word.startswith(wanted) for word in words)


def _words(text: str) -> list[str]:
    """Split what was folded where neither letter, digit nor mark (as Hindi's vowels) is."""
    if text.isascii():
        return _ASCII_WORD.findall(text)
    return "".join(
        character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "
        for character in text
    ).split()


def _words_to_find(text: str) -> list[str]:
    """Return the words of what was folded, and where it has accents those without any, too."""
    if text.isascii() or (plain := _without_accents(text)) == text:
        return _words(text)
    return _words(text) + _words(plain)


def _without_accents(text: str) -> str:
    """Return text without the accents of Latin, Greek and Cyrillic; other marks are letters."""
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def _clean(text: str, *, what: str, allowed: str, max_length: int) -> str:
    # A stray line feed at the ends is nobody's intent; within the text it is looked at.
    trimmed = text.strip(" \t\r\n")
    # To look at each character of a megabyte takes seconds; NFC makes one of four at the most.
    if (length := len(trimmed.strip())) > 4 * max_length:
        raise Refusal(f"The {what} has {length} characters; write at most {max_length}.")
    refuse_hidden_characters(trimmed, what=what, allowed=allowed)
    cleaned = unicodedata.normalize("NFC", trimmed).strip()
    if len(cleaned) > max_length:
        raise Refusal(f"The {what} has {len(cleaned)} characters; write at most {max_length}.")
    return cleaned
