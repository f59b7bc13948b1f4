"""What a picture shows, in whole numbers and words; it says nothing of how that looks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One thing that is measured: its name, a value for each series, and its value in words."""

    label: str
    values: tuple[int, ...]
    text: str

    def reach(self, *, stacked: bool) -> tuple[int, int]:
        """Return the lowest and the highest that it reaches, with what it begins at: zero."""
        if not stacked:
            return min(0, *self.values), max(0, *self.values)
        below = sum(value for value in self.values if value < 0)
        return below, sum(value for value in self.values if value > 0)


@dataclass(frozen=True)
class Panel:
    """Bars that share one scale; values are whole, `per_unit` of them make one of the unit.

    The bars lie in rows, each with its value in words beside it, or stand as columns over an axis.
    `limit` is a value that is marked across all of them.
    """

    bars: tuple[Bar, ...]
    per_unit: int
    heading: str = ""
    in_rows: bool = False
    stacked: bool = True
    limit: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen: no bars, or none that is longer than nothing."""
        return not any(value for bar in self.bars for value in bar.values)

    @property
    def reach(self) -> tuple[int, int]:
        """The lowest and the highest value that is drawn; zero is always between them."""
        reaches = [bar.reach(stacked=self.stacked) for bar in self.bars]
        limits = [self.limit] if self.limit is not None else []
        lows, highs = [low for low, _ in reaches], [high for _, high in reaches]
        return min([0, *lows, *limits]), max([0, *highs, *limits])


@dataclass(frozen=True)
class Picture:
    """Panels below each other, under one title; `series` are what the values of each bar are.

    `description` says in a sentence or two what is to be seen, for those who do not see it.
    """

    title: str
    subtitle: str
    description: str
    series: tuple[str, ...]
    panels: tuple[Panel, ...]
