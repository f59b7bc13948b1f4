"""What an operation refuses, in the names that scripts know."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Scope

from hoursmith_mcp.adapters.requests import request_id
from hoursmith_mcp.adapters.rest.names import number_name, path_variables, rest_name, rest_place
from hoursmith_mcp.adapters.rest.paths import METHODS_WITH_BODY
from hoursmith_mcp.adapters.rest.problems import Problem, answer, problem_of
from hoursmith_mcp.arguments import IS_MISSING
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.operation import Operation


def refuse_caller(error: HoursmithError, headers: Mapping[str, str], scope: Scope) -> ASGIApp:
    """Return the response to a caller who is not let in."""
    problem = problem_of(error)
    problem.headers = {**problem.headers, **headers}
    return answer(problem, request_id(scope))


def problem_of_call(error: HoursmithError, one: Operation) -> Problem:
    """Return the problem of a call that was refused, its places named as over REST."""
    problem = problem_of(error)
    if not error.fields:
        return problem
    fields: dict[str, str] = {}
    for place, sentence in error.fields.items():
        in_path = place in path_variables(one.rest or "")
        where = (rest_name(place),) if in_path else rest_place(one.arguments.model, place)
        name = ".".join(where)
        ours = sentence
        if sentence.startswith(place):
            ours = _named(one, place, name, sentence) + sentence.removeprefix(place)
        fields[name] = ours
        problem.detail = problem.detail.replace(sentence, ours)
        problem.errors.append({**_where(one, where, in_path=in_path), "detail": ours})
    problem.parts = {**problem.parts, "fields": fields}
    return problem


def _named(one: Operation, place: str, name: str, sentence: str) -> str:
    """Return how an argument is called, by both names where either was missed."""
    number = number_name(one.arguments.model, place)
    is_missed = sentence.startswith(place + IS_MISSING)
    return f"{name} or {number}" if is_missed and number is not None else name


def _where(one: Operation, where: tuple[str, ...], *, in_path: bool) -> dict[str, str]:
    method = (one.rest or "").partition(" ")[0]
    if in_path or method not in METHODS_WITH_BODY:
        return {"parameter": where[0]}
    return {"pointer": "".join(f"/{part}" for part in where)}
