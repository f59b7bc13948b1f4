"""Names over REST: the one place where they become what scripts read and write."""

from __future__ import annotations

import re

from pydantic.alias_generators import to_camel

_VARIABLE = re.compile(r"\{(\w+)\}")


def rest_name(name: str) -> str:
    """Return the name of an argument or field over REST: "entry_date" is "entryDate"."""
    return to_camel(name)


def rest_path(path: str) -> str:
    """Return a path with the names of its variables over REST."""
    return _VARIABLE.sub(lambda found: f"{{{rest_name(found[1])}}}", path)


def path_variables(path: str) -> tuple[str, ...]:
    """Return the names of a path's variables, which are arguments of its operation."""
    return tuple(_VARIABLE.findall(path))
