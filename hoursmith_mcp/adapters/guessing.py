"""Guessing slowed: who sends bad tokens may send only so many, and it is written down.

Each address has a bucket that every bad token fills and time empties. Behind a full one no token is
looked up but those that were good a while ago: neighbours behind one address are not locked out.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from hoursmith_mcp.errors import RateLimited

MOST_AT_ONCE = 20
SECONDS_FOR_ONE = 3
"""Twenty bad tokens at once, then twenty in a minute."""

MOST_ADDRESSES = 10_000
MOST_GOOD_TOKENS = 10_000

logger = logging.getLogger("hoursmith_mcp")


@dataclass
class _Bucket:
    """What an address has sent: `level` bad tokens that are not forgotten yet."""

    level: float = 0
    at_us: int = 0
    turned_away: int = 0

    def level_at(self, now_us: int) -> float:
        """Return the level once time has emptied it a little."""
        seconds = max(0, now_us - self.at_us) / 1_000_000
        return max(0.0, self.level - seconds / SECONDS_FOR_ONE)


class Guesses:
    """The bad tokens of late, by address; no more is kept than fits, and no token at all."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        """Take the clock."""
        self._now_us = now_us
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._chance = os.urandom(32)

    def check(self, address: str, token: str) -> None:
        """Raise RateLimited where too many bad tokens came from there, and this one is unknown."""
        bucket = self._buckets.get(network_of(address))
        if bucket is None or self._digest(token) in self._good:
            return
        level = bucket.level_at(self._now_us())
        if level <= MOST_AT_ONCE - 1:
            return
        bucket.turned_away += 1
        seconds = math.ceil((level - (MOST_AT_ONCE - 1)) * SECONDS_FOR_ONE)
        raise RateLimited(
            f"Too many tokens that open nothing were sent from there. Wait {seconds} seconds.",
            retry_after_seconds=seconds,
        )

    def failed(self, address: str, token: str, reason: str) -> None:
        """Note that a token from there opened nothing, and write down why, but never the token."""
        self._good.pop(self._digest(token), None)
        network = network_of(address)
        bucket = self._buckets.setdefault(network, _Bucket())
        self._buckets.move_to_end(network)
        now_us = self._now_us()
        bucket.level, bucket.at_us = bucket.level_at(now_us) + 1, now_us
        logger.warning(
            "a token from %s was refused: %s (%d more were turned away unread)",
            network,
            reason,
            bucket.turned_away,
        )
        bucket.turned_away = 0
        _cut(self._buckets, MOST_ADDRESSES)

    def passed(self, token: str) -> None:
        """Note that a token was good."""
        digest = self._digest(token)
        self._good[digest] = None
        self._good.move_to_end(digest)
        _cut(self._good, MOST_GOOD_TOKENS)

    def _digest(self, token: str) -> bytes:
        # Keyed by chance of this process: what is in memory opens nothing, and finds nothing.
        text = token.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._chance, digest_size=16).digest()


def _cut(kept: OrderedDict[str, _Bucket] | OrderedDict[bytes, None], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


def network_of(address: str) -> str:
    """Return whom an address stands for: itself, or of the newer kind its whole network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "an unknown address"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
