"""Rounding of time: a policy of billing; the time that was tracked never changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from hoursmith_mcp.core.refusal import Refusal, quoted

_WORDS = re.compile(r"(?P<mode>[a-z]+) to (?P<minutes>[0-9]+) minutes per (?P<per>[a-z]+)")

RoundingMode = Literal["up", "nearest", "down"]
RoundedPer = Literal["entry", "line"]

INCREMENTS: Final = (0, 1, 5, 6, 10, 15, 30, 60)
"""The minutes that time can be rounded to; 0 leaves it as it is."""


@dataclass(frozen=True)
class RoundingPolicy:
    """How time is rounded for billing: to which minutes, which way, each entry or a line's sum.

    Raises Refusal for minutes, a way or a unit that are not among the choices.
    """

    minutes: int
    mode: RoundingMode
    per: RoundedPer

    def __post_init__(self) -> None:
        """Refuse what is not among the choices."""
        if self.minutes not in INCREMENTS:
            raise Refusal(
                f"Time cannot be rounded to {self.minutes} minutes; "
                f"choose {_choices(map(str, INCREMENTS))}, where 0 leaves it as it is."
            )
        if self.mode not in get_args(RoundingMode):
            raise Refusal(
                f"Time is not rounded {quoted(self.mode)}; "
                f"choose {_choices(get_args(RoundingMode))}."
            )
        if self.per not in get_args(RoundedPer):
            raise Refusal(
                f"Time is not rounded per {quoted(self.per)}; "
                f"choose {_choices(get_args(RoundedPer))}."
            )


DEFAULT_ROUNDING: Final = RoundingPolicy(15, "up", "entry")


def round_seconds(seconds: int, policy: RoundingPolicy) -> int:
    """Round seconds, 0 or more, to the policy's minutes; exactly half way, "nearest" goes up."""
    unit = policy.minutes * 60
    if unit == 0:
        return seconds
    match policy.mode:
        case "up":
            return -(-seconds // unit) * unit
        case "nearest":
            return (2 * seconds + unit) // (2 * unit) * unit
        case "down":
            return seconds // unit * unit


def rounding_text(policy: RoundingPolicy | None) -> str:
    """Return a policy in words: "up to 15 minutes per entry", or "none"."""
    if policy is None or policy.minutes == 0:
        return "none"
    return f"{policy.mode} to {policy.minutes} minutes per {policy.per}"


def read_rounding(text: str) -> RoundingPolicy | None:
    """Read a policy from the words that `rounding_text` prints; "none" is None."""
    match = _WORDS.fullmatch(text)
    if match is None:
        return None
    mode: Any = match["mode"]
    per: Any = match["per"]
    return RoundingPolicy(int(match["minutes"]), mode, per)


def stored_policy(minutes: int | None, mode: Any, per: Any) -> RoundingPolicy | None:
    """Return the policy that a row holds, or None where it has none of its own."""
    return RoundingPolicy(minutes, mode, per) if minutes is not None else None


def first_policy(*levels: RoundingPolicy | None) -> RoundingPolicy:
    """Return the first policy that is set, from project to client to organisation.

    Where none is, time is rounded up to 15 minutes per entry.
    """
    return next((policy for policy in levels if policy is not None), DEFAULT_ROUNDING)


def _choices(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}"
