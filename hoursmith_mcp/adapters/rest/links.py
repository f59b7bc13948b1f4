"""Links: what can be done next with what a call has made, as the OpenAPI document tells it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from hoursmith_mcp.adapters.rest.names import path_variables, rest_name
from hoursmith_mcp.operation import Operation

MADE_ID = "$response.body#/data/id"


def links_of(made_by: Operation, operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the links of an operation that makes something; none, where that has no id.

    What is made at `/…/things` is taken on wherever a path names one of `things`.
    """
    if not made_by.creates or "id" not in made_by.result.model_fields:
        return {}
    path = (made_by.rest or "").partition(" ")[2]
    known = set(path_variables(path))
    return {
        one.name: {"operationId": one.name, "parameters": _parameters(variable, one, known)}
        for one in operations
        for variable in [_variable_of(path.rpartition("/")[2], one)]
        if variable is not None and set(path_variables(one.rest or "")) <= known | {variable}
    }


def _variable_of(collection: str, one: Operation) -> str | None:
    """Return the variable that stands for one of a collection in an operation's path."""
    parts = (one.rest or "").split("/")
    following = dict(pairwise(parts))
    variables = path_variables(following.get(collection, ""))
    return variables[0] if variables else None


def _parameters(variable: str, one: Operation, known: set[str]) -> dict[str, str]:
    others = {rest_name(name): f"$request.path.{rest_name(name)}" for name in known}
    taken = {rest_name(name) for name in path_variables(one.rest or "")}
    return {
        rest_name(variable): MADE_ID,
        **{name: value for name, value in others.items() if name in taken},
    }
