"""JSON as it comes from anywhere: read strictly, and no number by way of a binary fraction."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from hoursmith_mcp.adapters.rest.problems import Problem, invalid, malformed
from hoursmith_mcp.schemas.json_values import is_array, is_object

MOST_DEPTH = 32
MOST_ITEMS = 1_000
"""More than any call takes: each item that is wrong costs time to say so."""

_HALF_PAIR = re.compile("[\ud800-\udfff]")
NOT_JSON = "The body is no JSON: send one object, in UTF-8."
HOLDS_HALF_PAIR = "It holds half of a surrogate pair, which no text may hold."


@dataclass(frozen=True)
class Fraction:
    """A number with a point or an exponent, as it was written."""

    text: str

    def number(self) -> int | float:
        """Return it where no decimal is meant: whole if it is whole, as JSON Schema has it."""
        value = float(self.text)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value


class _RepeatedName(ValueError):
    """An object names something twice: which one is meant, nobody knows."""


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object that a body is; numbers with a point are `Fraction`s.

    Raises Problem: 400 for what is no JSON, or names something twice, 422 for what may not be.
    """
    try:
        value: Any = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_named_once,
            parse_float=Fraction,
            parse_constant=_no_constant,
        )
    except _RepeatedName:
        raise malformed("The body names something twice in one object.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # No UTF-8, no JSON, or a number of thousands of digits.
        raise malformed(NOT_JSON) from None
    if not is_object(value):
        raise invalid("The body must be an object.", "")
    _check(value, "", 0)
    return value


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedName
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _check(value: Any, pointer: str, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise _too_deep()
    if isinstance(value, str) and _holds_half_pair(value):
        raise invalid(HOLDS_HALF_PAIR, pointer)
    if is_object(value):
        for name, inner in value.items():
            if _holds_half_pair(name):
                raise invalid(HOLDS_HALF_PAIR, pointer)
            _check(inner, f"{pointer}/{_escaped(name)}", depth + 1)
    elif is_array(value):
        if len(value) > MOST_ITEMS:
            raise invalid(f"A list holds at most {MOST_ITEMS} items.", pointer)
        for place, inner in enumerate(value):
            _check(inner, f"{pointer}/{place}", depth + 1)


def _holds_half_pair(text: str) -> bool:
    return _HALF_PAIR.search(text) is not None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _too_deep() -> Problem:
    return malformed(f"The body is nested more than {MOST_DEPTH} deep.")
