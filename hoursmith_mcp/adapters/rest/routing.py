"""Routes: which operation a method and a path lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hoursmith_mcp.adapters.rest.arguments import decoded
from hoursmith_mcp.adapters.rest.paths import READ
from hoursmith_mcp.adapters.rest.problems import Problem
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.core.ids import is_id
from hoursmith_mcp.operation import Operation

ALSO = {READ: ("HEAD",)}
"""What is answered wherever a method is."""


@dataclass(frozen=True)
class Path:
    """One path, and the operations at it by method."""

    parts: tuple[str, ...]
    operations: dict[str, Operation]

    def variables(self, given: Sequence[str]) -> dict[str, str] | None:
        """Return the variables of a path that is this one; None where it is not."""
        if len(given) != len(self.parts):
            return None
        found: dict[str, str] = {}
        for part, text in zip(self.parts, given, strict=True):
            if part.startswith("{"):
                found[part.strip("{}")] = text
            elif part != text:
                return None
        return found if all(found.values()) else None

    def without_words(self, given: Sequence[str]) -> str:
        """Return a path that is this one; of its variables ids alone, names may be anybody's."""
        shown = (
            part if part.startswith("{") and not is_id(text) else text
            for part, text in zip(self.parts, given, strict=True)
        )
        return "/".join(shown)


@dataclass(frozen=True)
class Route:
    """Where a request leads: the operation, the variables in its path, and what reads that path."""

    operation: Operation
    variables: Mapping[str, str]
    reads: Operation | None


class Paths:
    """All paths of the catalogue; those without a variable come before those with one."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Take the catalogue that the routes are in."""
        by_path: dict[tuple[str, ...], dict[str, Operation]] = {}
        for one in catalogue.operations.values():
            if one.rest is not None:
                method, path = one.rest.split(" ")
                by_path.setdefault(tuple(path.split("/")), {})[method] = one
        found = [Path(parts, operations) for parts, operations in by_path.items()]
        self._paths = sorted(found, key=lambda one: [part.startswith("{") for part in one.parts])

    def find(self, method: str, raw_path: bytes) -> Route:
        """Return where a request leads; raises Problem, 404 or 405."""
        given = [decoded(part) for part in raw_path.split(b"/")]
        wanted = READ if method == "HEAD" else method
        for path in self._paths:
            variables = path.variables(given)
            if variables is None:
                continue
            if wanted not in path.operations:
                raise _not_allowed(set(path.operations))
            return Route(path.operations[wanted], variables, path.operations.get(READ))
        raise Problem(404, "not_found", "There is nothing at this address.")

    def without_words(self, raw_path: bytes) -> str | None:
        """Return a path without the names that somebody typed in it; None where nothing is."""
        try:
            given = [decoded(part) for part in raw_path.split(b"/")]
        except Problem:
            return None
        return next(
            (
                path.without_words(given)
                for path in self._paths
                if path.variables(given) is not None
            ),
            None,
        )

    def location(self, made_by: Operation, row_id: str) -> str | None:
        """Return the path of what an operation made, where it can be read under its own."""
        parts = tuple((made_by.rest or "").partition(" ")[2].split("/"))
        for path in self._paths:
            if (
                path.parts[:-1] == parts
                and path.parts[-1].startswith("{")
                and READ in path.operations
            ):
                return "/".join((*parts, row_id))
        return None


def _not_allowed(allowed: set[str]) -> Problem:
    methods = sorted(
        {*allowed, *(also for one in allowed for also in ALSO.get(one, ())), "OPTIONS"}
    )
    return Problem(
        405,
        "bad_request",
        "This address does not take that method; the header Allow names those it takes.",
        kind="method_not_allowed",
        headers={"Allow": ", ".join(methods)},
    )
