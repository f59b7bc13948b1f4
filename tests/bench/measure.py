"""How a row is measured: floor and subject interleaved, and the median ratio counts."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Pair(NamedTuple):
    """What one round measured, in the row's unit."""

    floor: float
    subject: float

    @property
    def ratio(self) -> float:
        """How many times the floor the subject is."""
        return self.subject / self.floor


@dataclass(frozen=True)
class Row:
    """One line of the table: a ratio that must stay at or below its bar."""

    name: str
    what: str
    unit: str
    bar: float
    round: Callable[[int], Awaitable[Pair]]
    goal: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What the rounds of a row came to."""

    row: Row
    pairs: Sequence[Pair]

    @property
    def median(self) -> Pair:
        """The middle of what was measured; its ratio is not the one that counts."""
        return Pair(*(statistics.median(side) for side in zip(*self.pairs, strict=True)))

    @property
    def ratio(self) -> float:
        """The ratio that counts."""
        return statistics.median(pair.ratio for pair in self.pairs)

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio."""
        ratios = [pair.ratio for pair in self.pairs]
        return min(ratios), max(ratios)

    @property
    def passed(self) -> bool:
        """Whether the bar was met."""
        return self.ratio <= self.row.bar

    @property
    def reached_goal(self) -> bool:
        """Whether what we hope for was met too."""
        return self.row.goal is not None and self.ratio <= self.row.goal


def interleaved(
    floor: Callable[[], Awaitable[float]], subject: Callable[[], Awaitable[float]]
) -> Callable[[int], Awaitable[Pair]]:
    """Return a round of the two, one after the other; who comes first alternates."""

    async def round(number: int) -> Pair:
        if number % 2:
            measured = await subject()
            return Pair(await floor(), measured)
        return Pair(await floor(), await subject())

    return round


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` of all values do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
