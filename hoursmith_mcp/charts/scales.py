"""Where values lie on a line: whole numbers to whole pixels, and round numbers to mark on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hoursmith_mcp.charts.lettering import number_text

MOST_STEPS = 5
"""More lines than that are not looked at."""


@dataclass(frozen=True)
class Scale:
    """A line of `pixels` from the value `low` to the value `high`."""

    low: int
    high: int
    pixels: int

    def at(self, value: int) -> int:
        """Return how many pixels from its low end a value lies, to the nearest one."""
        span = self.high - self.low
        return (2 * (value - self.low) * self.pixels + span) // (2 * span)


def scale_over(low: int, high: int, per_unit: int, pixels: int) -> tuple[Scale, tuple[int, ...]]:
    """Return a scale that holds both values and ends at round ones, and the round ones on it."""
    step = _step(high - low, per_unit)
    first, last = low // step, -(-high // step)
    if first == last:
        last = first + 1
    return Scale(first * step, last * step, pixels), tuple(
        step * number for number in range(first, last + 1)
    )


def tick_text(value: int, per_unit: int) -> str:
    """Return a round value in its unit, as an axis says it: "1 200", "0.5"."""
    whole, rest = divmod(abs(value), per_unit)
    digits = f"{rest * 10_000 // per_unit:04}".rstrip("0") if rest else ""
    return number_text(f"{'-' if value < 0 else ''}{whole}{'.' if digits else ''}{digits}")


def _step(span: int, per_unit: int) -> int:
    """Return the smallest of 1, 2, 5, 10, 20 … units, or tenths, that takes few steps."""
    return next(step for step in _steps(per_unit) if -(-span // step) <= MOST_STEPS)


def _steps(per_unit: int) -> Iterator[int]:
    size = per_unit // 10 if per_unit % 10 == 0 else per_unit
    while True:
        yield from (size, size * 2, size * 5)
        size *= 10
