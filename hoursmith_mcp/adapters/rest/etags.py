"""Entity tags: what a caller last saw, as a short text to compare with what they would see now."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from hoursmith_mcp.adapters.rest.problems import Problem, malformed

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_BETWEEN = re.compile(r"[ \t]*,[ \t]*")


def etag(body: bytes) -> str:
    """Return the strong tag of a body: of the caller's own view, with what is hidden left out."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@dataclass(frozen=True)
class Tags:
    """What an If-Match or If-None-Match names: any tag at all, or some."""

    anything: bool
    strong: frozenset[str]
    weak: frozenset[str]

    def hold(self, tag: str) -> bool:
        """Say whether a tag is among them, compared strongly, as changes need it."""
        return self.anything or tag in self.strong

    def know(self, tag: str) -> bool:
        """Say whether a tag is among them, compared weakly, as reads need it."""
        return self.hold(tag) or tag in self.weak


def read_tags(text: str, header: str) -> Tags:
    """Read the value of such a header; raises Problem (400) for anything else."""
    if text.strip() == "*":
        return Tags(True, frozenset(), frozenset())
    strong: set[str] = set()
    weak: set[str] = set()
    place = 0
    text = text.strip(" \t")
    while found := _TAG.match(text, place):
        (weak if found[1] else strong).add(f'"{found[2]}"')
        place = found.end()
        if place == len(text):
            return Tags(False, frozenset(strong), frozenset(weak))
        between = _BETWEEN.match(text, place)
        if between is None:
            break
        place = between.end()
    raise _unreadable(header)


def _unreadable(header: str) -> Problem:
    problem = malformed(f"{header} must be entity tags in double quotes, or *.")
    problem.errors.append({"header": header, "detail": problem.detail})
    return problem
