"""How a receiver of messages is doing: when it is only probed, when it is given up, what is told.

Whole microseconds, and chance as `retries` takes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from hoursmith_mcp.core.instants import DAY_US, HOUR_US, MINUTE_US
from hoursmith_mcp.core.retries import CHANCE, jittered_us

FAILING_AFTER: Final = 4
"""So many failures in a row, and whoever looks after the receiver is told."""

TRIPPED_AFTER: Final = 10
"""So many failures in a row, and one attempt at a time asks whether the receiver is back."""

GIVEN_UP_AFTER_US: Final = 5 * DAY_US
"""So long nothing but failures, and nothing is sent there any more."""

WARNED_BEFORE_US: Final = DAY_US
"""So long before that, at the least, it is announced."""

_FIRST_PROBE_US: Final = MINUTE_US
_MOST_BETWEEN_PROBES_US: Final = HOUR_US
_MOST_DOUBLINGS: Final = 10


class Notice(StrEnum):
    """What whoever looks after a receiver is told."""

    FAILING = "failing"
    EXHAUSTED = "exhausted"
    """All attempts of one message were made."""
    WARNED = "disabled_soon"
    DISABLED = "disabled"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class Health:
    """What is remembered of a receiver between attempts; the default is that all is well."""

    failures: int = 0
    """In a row, of whatever messages."""
    failing_since_us: int | None = None
    """When the first of them was."""
    probed_at_us: int | None = None
    """Before then nothing is sent at all; None where nothing is held back."""
    warned_at_us: int | None = None
    """When it was announced that the receiver will be given up."""

    @property
    def is_tripped(self) -> bool:
        """Whether only single attempts are made, to see whether the receiver is back."""
        return self.failures >= TRIPPED_AFTER

    def may_send(self, now_us: int, *, under_way: int, lane: int) -> bool:
        """Say whether one more attempt may begin beside those that are under way."""
        if not self.is_tripped:
            return under_way < lane
        return under_way == 0 and now_us >= probed_from_us(self.probed_at_us, now_us)

    def after_failure(self, now_us: int, chance: int) -> Health:
        """Return the health after a failed attempt; the longer that lasts, the rarer the probes."""
        failures = self.failures + 1
        since_us = now_us if self.failing_since_us is None else self.failing_since_us
        return replace(
            self,
            failures=failures,
            failing_since_us=since_us,
            probed_at_us=_probed_at_us(failures, now_us, chance),
            warned_at_us=self.warned_at_us or _warned_at_us(since_us, now_us),
        )

    def is_given_up(self, now_us: int) -> bool:
        """Say whether there was nothing but failure for so long, and that was announced."""
        if self.failing_since_us is None or self.warned_at_us is None:
            return False
        return (
            now_us - self.failing_since_us >= GIVEN_UP_AFTER_US
            and now_us - self.warned_at_us >= WARNED_BEFORE_US
        )


def probed_from_us(probed_at_us: int | None, now_us: int) -> int:
    """Return until when a receiver is left alone; what is past holds nothing.

    No two probes are as far apart as a clock that went back would have it.
    """
    longest_us = jittered_us(_MOST_BETWEEN_PROBES_US, CHANCE - 1)
    held_us = probed_at_us or 0
    return held_us if held_us <= now_us + longest_us else 0


WELL: Final = Health()
"""The health after anything was delivered."""


def notice_between(before: Health, after: Health, now_us: int) -> Notice | None:
    """Return what is to be told once an attempt has ended, if anything is."""
    if after.failing_since_us is None:
        return Notice.RECOVERED if before.failures >= FAILING_AFTER else None
    if after.is_given_up(now_us):
        return Notice.DISABLED
    if after.warned_at_us != before.warned_at_us:
        return Notice.WARNED
    return Notice.FAILING if before.failures < FAILING_AFTER <= after.failures else None


def _probed_at_us(failures: int, now_us: int, chance: int) -> int | None:
    if failures < TRIPPED_AFTER:
        return None
    doublings = min(failures - TRIPPED_AFTER, _MOST_DOUBLINGS)
    return now_us + jittered_us(min(_FIRST_PROBE_US << doublings, _MOST_BETWEEN_PROBES_US), chance)


def _warned_at_us(since_us: int, now_us: int) -> int | None:
    is_due = now_us - since_us >= GIVEN_UP_AFTER_US - WARNED_BEFORE_US
    return now_us if is_due else None
