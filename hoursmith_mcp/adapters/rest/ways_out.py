"""Ways out: how the operations that a refusal names are called over REST.

What people wrote may stand in the same sentence, so the sentence itself is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hoursmith_mcp.adapters.rest.names import rest_path
from hoursmith_mcp.adapters.rest.paths import BASE_PATH
from hoursmith_mcp.operation import Operation

_NAME = re.compile(r"\b(?:[a-z]+(?:_[a-z]+)+\b|[a-z]+(?=\())")
"""A name as refusals say it: one of a single word stands before its arguments."""


def ways_out(
    sentence: str, operations: Mapping[str, Operation], *, refused: Operation | None = None
) -> dict[str, str]:
    """Return "METHOD /path" of each operation that is named, in order: the ways out over REST.

    What was `refused` itself is none of them.
    """
    named = [operations[name] for name in _NAME.findall(sentence) if name in operations]
    return {one.name: _way(one.rest) for one in named if one.rest and one is not refused}


def _way(rest: str) -> str:
    method, path = rest.split(" ")
    return f"{method} {BASE_PATH}{rest_path(path)}"
