"""When a message that could not be delivered is tried again, and when it is given up.

Everything is a decision over whole microseconds; chance comes in as a number of 32 bits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from hoursmith_mcp.core.instants import DAY_US, HOUR_US, MINUTE_US, SECOND_US

DELAYS_US: Final = (
    5 * SECOND_US,
    5 * MINUTE_US,
    30 * MINUTE_US,
    2 * HOUR_US,
    5 * HOUR_US,
    10 * HOUR_US,
    14 * HOUR_US,
    20 * HOUR_US,
    24 * HOUR_US,
)
"""From each attempt to the next: ten in all, the last 75 hours and a half after the first."""

MOST_ATTEMPTS: Final = len(DELAYS_US) + 1
JITTER_PERCENT: Final = 20
CHANCE: Final = 2**32
"""Chance is a whole number from 0 up to, not including, this."""

LEAST_WHEN_BUSY_US: Final = MINUTE_US
"""A receiver that is too busy, or takes too long, is left alone for so long at the least."""

MOST_RETRY_AFTER_US: Final = DAY_US
"""However long a receiver asks to be left alone."""

_BUSY_STATUSES: Final = frozenset({408, 425, 429, 502, 503, 504})
_GONE: Final = 410
_DIGITS: Final = re.compile(r"[0-9]{1,9}")


class Verdict(StrEnum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    EXHAUSTED = "exhausted"
    ABANDONED = "abandoned"
    """The receiver wants neither this message again nor is to blame for it."""
    DISABLED = "disabled"
    """The receiver wants no message any more."""


class Wish(StrEnum):
    """What a receiver says by the header `webhook-delivery` of its answer."""

    NONE = ""
    DISABLE = "disable"
    ABORT = "abort-message"


@dataclass(frozen=True)
class Answered:
    """What is known after an attempt: a status, or that there was none."""

    status: int | None
    timed_out: bool = False
    retry_after_us: int | None = None
    wish: Wish = Wish.NONE

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took the message: nothing but 2xx says so."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_busy(self) -> bool:
        """Whether the receiver had no time, rather than refused."""
        return self.timed_out or self.status in _BUSY_STATUSES


def verdict(answered: Answered, attempts: int) -> Verdict:
    """Return what becomes of a delivery after so many attempts, this one included."""
    if answered.status == _GONE or answered.wish is Wish.DISABLE:
        return Verdict.DISABLED
    if answered.succeeded:
        return Verdict.DELIVERED
    if answered.wish is Wish.ABORT:
        return Verdict.ABANDONED
    return Verdict.RETRY if attempts < MOST_ATTEMPTS else Verdict.EXHAUSTED


def next_attempt_us(answered: Answered, attempts: int, now_us: int, chance: int) -> int:
    """Return when a delivery is due again after so many failed attempts, this one included.

    `chance` is the same for all attempts of one delivery: it leans the other way each time, so that
    the last attempt is never made before three days are over. A receiver may ask for later, up to a
    day; never for sooner. Raises ValueError where all attempts were made.
    """
    if not 1 <= attempts < MOST_ATTEMPTS:
        raise ValueError("no attempt is left")
    leaning = chance if attempts % 2 else CHANCE - 1 - chance
    wait_us = jittered_us(DELAYS_US[attempts - 1], leaning)
    if answered.is_busy:
        wait_us = max(wait_us, LEAST_WHEN_BUSY_US)
    if answered.retry_after_us is not None:
        wait_us = max(wait_us, min(answered.retry_after_us, MOST_RETRY_AFTER_US))
    return now_us + wait_us


def jittered_us(delay_us: int, chance: int) -> int:
    """Return a delay that is by up to a fifth shorter or longer, as chance would have it."""
    most = delay_us * JITTER_PERCENT // 100
    return delay_us - most + (2 * most + 1) * chance // CHANCE


def read_retry_after(text: str, now_us: int) -> int | None:
    """Read the header Retry-After, seconds or a date of HTTP, as a wait; None for anything else."""
    wanted = text.strip()
    if _DIGITS.fullmatch(wanted):
        return int(wanted) * SECOND_US
    try:
        at = parsedate_to_datetime(wanted)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    at_us = (since.days * 86_400 + since.seconds) * SECOND_US
    return max(at_us - now_us, 0)


def read_wish(text: str) -> Wish:
    """Read the header `webhook-delivery` of an answer."""
    wanted = text.strip().casefold()
    return Wish(wanted) if wanted in set(Wish) else Wish.NONE
