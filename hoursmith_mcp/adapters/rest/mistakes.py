"""What is wrong with what was sent: mistakes are told at once, and no unknown name is repeated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from hoursmith_mcp.adapters.rest.problems import Problem, invalid
from hoursmith_mcp.arguments import MOST_MISTAKES, unknown_argument

WHOLE = "arguments"
"""The place among `fields` of what is in no argument, as at every door."""


@dataclass
class Mistakes:
    """The mistakes that are found while a request becomes arguments of an operation."""

    operation: str
    """Its name, as refusals say it."""
    where: str
    """What a place is: a "pointer" into the body, or the name of a "parameter"."""
    _found: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._found)

    def add(self, place: str, sentence: str) -> None:
        """Keep a mistake, unless there are many: where it is, and what to say of it."""
        if len(self._found) < MOST_MISTAKES:
            self._found.append((place, sentence))

    def add_unknown(self, within: str, name: str, known: Collection[str]) -> None:
        """Keep that what holds a name does not take it; the name may be anything, a secret, too."""
        if len(self._found) == MOST_MISTAKES:
            return  # To look for the name that was meant takes its time.
        taker = _dotted(within) or self.operation
        self.add(within, unknown_argument(taker, name, known))

    def problem(self, others: Problem | None) -> Problem:
        """Return the problem that tells of all, after those that reading the arguments found."""
        fields: dict[str, str] = dict(others.parts.get("fields", {})) if others else {}
        sentences = dict.fromkeys([others.detail] if others else [])
        for place, sentence in self._found:
            name = _dotted(place) or WHOLE
            told = fields.get(name, "")
            if sentence not in told:
                fields[name] = f"{told} {sentence}".strip()
            sentences[sentence] = None
        problem = invalid(" ".join(sentences), "")
        problem.errors = [
            *(others.errors if others else ()),
            *({self.where: place, "detail": sentence} for place, sentence in self._found),
        ]
        problem.parts = {"fields": fields}
        return problem


def _dotted(place: str) -> str:
    return place.strip("/").replace("/", ".")
