"""What a webhook is told, and where: which events, of which projects, in which form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hoursmith_mcp.core.event_patterns import matches


@dataclass(frozen=True)
class Subscription:
    """What is sent where; no projects are all of them, and what is of none."""

    url: str
    patterns: tuple[str, ...]
    projects: tuple[str, ...]
    thin: bool

    def types(self, known: Iterable[str]) -> list[str]:
        """Return those of the known types that are told."""
        return [type for type in known if matches(self.patterns, type)]

    def tells_more_than(self, other: Subscription, known: Iterable[str]) -> bool:
        """Say whether anything is sent by it that is not by another, or not there."""
        types = list(known)
        of_more = bool(other.projects) and (
            not self.projects or not set(self.projects) <= set(other.projects)
        )
        return (
            self.url != other.url
            or of_more
            or (other.thin and not self.thin)
            or not set(self.types(types)) <= set(other.types(types))
        )
