"""How many messages a receiver is sent now, at the rate that it was given.

Whole microseconds.
"""

from __future__ import annotations

from typing import Final

from hoursmith_mcp.core.instants import MINUTE_US, SECOND_US

MOST_AT_ONCE: Final = 16
"""How many messages are taken from the rate at a time."""


def held_until_us(paced_until_us: int | None, per_minute: int | None, now_us: int) -> int:
    """Return until when the rate holds everything back; what is past holds nothing.

    No rate holds for longer than what may be taken at a time: such a time was noted before the
    clock went back, or the rate was raised since, and does not count.
    """
    if per_minute is None or paced_until_us is None:
        return 0
    longest_us = MOST_AT_ONCE * pause_us(per_minute)
    return paced_until_us if paced_until_us <= now_us + longest_us else 0


def pause_us(per_minute: int) -> int:
    """Return the time from one message to the next."""
    return MINUTE_US // per_minute


def sent_now(held_us: int, per_minute: int, now_us: int) -> tuple[int, int]:
    """Return how many messages may be sent now, and from when the first of them counts."""
    # A second's worth may be sent at once.
    from_us = max(held_us, now_us - SECOND_US)
    if from_us > now_us:
        return 0, from_us
    return min(MOST_AT_ONCE, 1 + (now_us - from_us) // pause_us(per_minute)), from_us
