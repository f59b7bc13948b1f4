"""How far the copying is, for whoever watches it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told what is being done, and how many rows of it are."""

    def begin(self, doing: str, total: int | None = None) -> None:
        """Begin another part of the work; `total` are its rows, where they can be counted."""
        ...

    def advance(self, rows: int) -> None:
        """Go on by some rows."""
        ...


class Unwatched:
    """Nobody watches."""

    def begin(self, doing: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


UNWATCHED = Unwatched()
