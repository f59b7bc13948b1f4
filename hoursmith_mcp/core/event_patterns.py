"""Which types of events are wanted: exact ones, all of a kind (`invoice.*`), or all (`*`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from hoursmith_mcp.core.refusal import Refusal, quoted

ALL = "*"
_OF_KIND = ".*"


def kind_of(type: str) -> str:
    """Return the kind of thing that events of a type are of: what stands before the dot."""
    return type.partition(".")[0]


def matches(patterns: Iterable[str], type: str) -> bool:
    """Say whether an event of that type is wanted."""
    wanted = {ALL, type, f"{kind_of(type)}{_OF_KIND}"}
    return not wanted.isdisjoint(patterns)


def read_patterns(texts: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """Read what types are wanted: each once, in order; what a wider one covers is left out.

    Raises Refusal where there is none, or one fits no type that is `known`.
    """
    kinds = {kind_of(type) for type in known}
    choices = {ALL, *known, *(f"{kind}{_OF_KIND}" for kind in kinds)}
    found = {text.strip().casefold() for text in texts}
    if not found:
        raise Refusal(f"Say which events are wanted: {ALL} for all, or types like invoice.paid.")
    for text in sorted(found - choices):
        raise Refusal(f"{quoted(text)} is no type of event; {_hint(text, choices)}")
    return tuple(sorted(one for one in found if not _is_covered(one, found)))


def _is_covered(one: str, found: set[str]) -> bool:
    wider = {ALL, f"{kind_of(one)}{_OF_KIND}"} - {one}
    return one != ALL and not wider.isdisjoint(found)


def _hint(text: str, choices: set[str]) -> str:
    near = get_close_matches(text, sorted(choices), 1)
    if near:
        return f"did you mean {near[0]}?"
    return "write one of the catalogue, all of a kind (invoice.*), or * for all."
