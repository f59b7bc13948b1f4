"""Ids: a prefix that names the kind, and a ULID in lower case, so that ids sort by their time."""

from __future__ import annotations

import re
from typing import Final

PREFIXES: Final = frozenset(
    "org mem cl co pr tk te tm ex rt inv il cn pay pp ev wh dl tok act sch fl".split()
)
ENTROPY_BYTES: Final = 10

# Crockford's base 32, lower case: no i, l, o or u, and in the order of ASCII.
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ULID_LENGTH: Final = 26
_HIGHEST_MILLISECONDS: Final = 2**48 - 1
# 26 characters hold 130 bits and a ULID has 128, so the first one stays below 8.
_ULID: Final = re.compile(rf"[0-7][{_ALPHABET}]{{{_ULID_LENGTH - 1}}}")


def new_id(prefix: str, instant_us: int, entropy: bytes) -> str:
    """Make an id of a kind, an instant (microseconds since the epoch) and ten bytes of chance.

    Ids of different milliseconds sort by time. Raises ValueError for an unknown prefix, an instant
    outside the 48 bits of milliseconds, and entropy that is not ten bytes.
    """
    milliseconds = instant_us // 1000
    if prefix not in PREFIXES:
        raise ValueError(f"no kind of thing has the prefix {prefix!r}")
    if not 0 <= milliseconds <= _HIGHEST_MILLISECONDS:
        raise ValueError("the instant does not fit the 48 bits of an id")
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"an id takes {ENTROPY_BYTES} bytes of entropy")
    number = milliseconds << (8 * ENTROPY_BYTES) | int.from_bytes(entropy)
    return f"{prefix}_{_base_32(number)}"


def looks_like_id(text: str, prefix: str) -> bool:
    """Tell whether the text has the form of an id of that kind; nothing is looked up."""
    kind, _, ulid = text.partition("_")
    return kind == prefix and kind in PREFIXES and _ULID.fullmatch(ulid) is not None


def is_id(text: str) -> bool:
    """Tell whether the text has the form of an id of any kind."""
    return looks_like_id(text, text.partition("_")[0])


def id_after(first: str, places: int) -> str:
    """Return an id of the same kind and instant that sorts so many places behind another."""
    prefix, _, ulid = first.partition("_")
    number = 0
    for character in ulid:
        number = number << 5 | _ALPHABET.index(character)
    return f"{prefix}_{_base_32(number + places)}"


def _base_32(number: int) -> str:
    shifts = range(5 * (_ULID_LENGTH - 1), -1, -5)
    return "".join(_ALPHABET[number >> shift & 31] for shift in shifts)
