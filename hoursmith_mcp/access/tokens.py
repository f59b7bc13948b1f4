"""The form of a token: `hsk_<live|test>_<12>_<32>`, its last six a checksum of what stands before.

The checksum lets a scanner, and us, tell a mistyped token without asking the database.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX_LENGTH = 12
SECRET_LENGTH = 32
CHECKSUM_LENGTH = 6


@dataclass(frozen=True)
class TokenParts:
    """A well-formed token: whether it is live, its public prefix, and the hash that is stored."""

    live: bool
    prefix: str
    secret_hash: str


def make_token(*, live: bool, random_bytes: Callable[[int], bytes]) -> str:
    """Make a new token: 12 public characters and 26 secret ones (154 bits), then the checksum."""
    kind = "live" if live else "test"
    prefix = _characters(PREFIX_LENGTH, random_bytes)
    secret = _characters(SECRET_LENGTH - CHECKSUM_LENGTH, random_bytes)
    stem = f"hsk_{kind}_{prefix}_{secret}"
    return stem + _checksum(stem)


def mint_token(*, live: bool, random_bytes: Callable[[int], bytes]) -> tuple[str, TokenParts]:
    """Make a new token, and return it with what of it is stored."""
    token = make_token(live=live, random_bytes=random_bytes)
    parts = read_token(token)
    assert parts is not None, "a token that was just made reads back"
    return token, parts


def read_token(text: str) -> TokenParts | None:
    """Take a token apart, or return None where it is no token or was mistyped."""
    parts = text.split("_")
    if len(parts) != 4 or parts[0] != "hsk" or parts[1] not in ("live", "test"):
        return None
    if len(parts[2]) != PREFIX_LENGTH or len(parts[3]) != SECRET_LENGTH:
        return None
    if not set(parts[2] + parts[3]) <= set(ALPHABET):
        return None
    if _checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return TokenParts(parts[1] == "live", parts[2], hashlib.sha256(text.encode()).hexdigest())


def _characters(count: int, random_bytes: Callable[[int], bytes]) -> str:
    found = ""
    while len(found) < count:
        # 248 is the largest multiple of 62 below 256: no character is likelier than another.
        usable = (byte for byte in random_bytes(count) if byte < 248)
        found += "".join(ALPHABET[byte % 62] for byte in usable)
    return found[:count]


def _checksum(stem: str) -> str:
    rest, digits = zlib.crc32(stem.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        rest, digit = divmod(rest, 62)
        digits = ALPHABET[digit] + digits
    return digits
