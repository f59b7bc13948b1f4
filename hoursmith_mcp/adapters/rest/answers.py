"""Envelopes: what a call is answered with, in the documented form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from hoursmith_mcp.adapters.rest.names import outward, rest_name
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.tables.lists import CURSOR, listed_field
from hoursmith_mcp.unit import compact_json

JSON = "application/json"


def page_limit(one: Operation, given: Mapping[str, Any]) -> int | None:
    """Return how long a page may be, as was asked or else as it is; None where it is the whole."""
    field = one.arguments.fields.get("limit")
    limit: int | None = given.get("limit", field.default if field is not None else None)
    return limit


def envelope(result: type[BaseModel], data: dict[str, Any], limit: int | None) -> bytes:
    """Return an answer as a body: `{data}`, or `{data, pagination, meta}` of a list."""
    field = listed_field(result)
    if field is None:
        return compact_json({"data": outward(data)}).encode()
    rest = {name: value for name, value in data.items() if name not in (field, CURSOR)}
    return compact_json(
        {
            "data": outward(data.get(field, [])),
            "pagination": {rest_name(CURSOR): data.get(CURSOR), "limit": limit},
            **({"meta": outward(rest)} if rest else {}),
        }
    ).encode()
