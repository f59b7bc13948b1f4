"""What an operation refuses, in the names that scripts know."""

from __future__ import annotations

import re
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
        where, in_path = _place(one, place), _is_in_path(one, place)
        ours = _in_rest_names(one, place, sentence, error.fields)
        fields[".".join(where)] = ours
        problem.detail = problem.detail.replace(sentence, ours)
        problem.errors.append({**_where(one, where, in_path=in_path), "detail": ours})
    problem.parts = {**problem.parts, "fields": fields}
    return problem


def _place(one: Operation, place: str) -> tuple[str, ...]:
    if _is_in_path(one, place):
        return (rest_name(place),)
    return rest_place(one.arguments.model, place)


def _is_in_path(one: Operation, place: str) -> bool:
    return place in path_variables(one.rest or "")


def _in_rest_names(one: Operation, place: str, sentence: str, fields: Mapping[str, str]) -> str:
    """Return a sentence in the names of scripts: of the place it begins with, or all it is about.

    A sentence that stands for several places holds no text of the caller's that could be a name.
    """
    places = [other for other, said in fields.items() if said == sentence]
    if len(places) > 1:
        for other in places:
            sentence = re.sub(rf"\b{re.escape(other)}\b", ".".join(_place(one, other)), sentence)
        return sentence
    if not sentence.startswith(place):
        return sentence
    name = ".".join(_place(one, place))
    return _named(one, place, name, sentence) + sentence.removeprefix(place)


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
