"""From a request to arguments: the path, the query and the body, under their names over REST."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel

from hoursmith_mcp.adapters.rest.json_body import Fraction, is_storable
from hoursmith_mcp.adapters.rest.names import ArgumentField, argument_fields, rest_names
from hoursmith_mcp.adapters.rest.problems import invalid, malformed
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.json_values import is_array, is_object

YES = frozenset({"true", "1", "yes"})
NO = frozenset({"false", "0", "no"})


def from_body(one: Operation, body: Mapping[str, Any], in_path: Iterable[str]) -> dict[str, Any]:
    """Return the arguments that a body gives; raises Problem for names that are not known."""
    return _object(one.arguments.model, body, "", leave_out=frozenset(in_path))


def from_query(one: Operation, query: bytes, in_path: Iterable[str]) -> dict[str, Any]:
    """Return the arguments that a query gives, each read by what its schema says it is.

    Raises Problem for a parameter that is not known, or comes twice, or cannot be read.
    """
    fields = dict(argument_fields(one.arguments.model))
    for name in in_path:
        del fields[rest_names(one.arguments.model)[name]]
    properties = one.arguments.schema.get("properties", {})
    given: dict[str, Any] = {}
    for name, text in _pairs(query):
        field = fields.get(name)
        if field is None:
            _refuse_unknown("This address takes no such parameter.", "", name, fields, query=True)
        if field.name in given:
            raise invalid(f"{name} comes twice: give it once.", name, parameter=True)
        given[field.name] = _value(name, text, properties[field.name])
    return given


def no_query(query: bytes) -> None:
    """Raise Problem where there is a query and none is taken."""
    for name, _ in _pairs(query):
        _refuse_unknown("This call takes its arguments in the body.", "", name, {}, query=True)


def decoded(text: bytes) -> str:
    """Return a part of an address without percent signs; raises Problem where it is no text."""
    try:
        found = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise malformed("The address is not in UTF-8.") from None
    if not is_storable(found):
        raise invalid("The address holds a NUL, which no text may hold.", "", parameter=True)
    return found


def _pairs(query: bytes) -> list[tuple[str, str]]:
    parts = [part.partition(b"=") for part in query.split(b"&") if part]
    return [
        (decoded(name.replace(b"+", b" ")), decoded(text.replace(b"+", b" ")))
        for name, _, text in parts
    ]


def _value(name: str, text: str, schema: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "boolean":
            word = text.lower()
            if word not in YES | NO:
                raise invalid(f"{name} must be true or false.", name, parameter=True)
            return word in YES
        case "integer":
            digits = text.removeprefix("-")
            if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
                raise invalid(f"{name} must be a whole number.", name, parameter=True)
            return int(text)
        case "array":
            items = schema.get("items", {})
            return [_value(name, part, items) for part in text.split(",")]
        case _:
            return text


def _object(
    model: type[BaseModel],
    given: Mapping[str, Any],
    pointer: str,
    leave_out: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    fields = {
        name: field for name, field in argument_fields(model).items() if field.name not in leave_out
    }
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields:
            _refuse_unknown("The body holds a field that is not known.", pointer, name, fields)
        field = fields[name]
        found[field.name] = _field(field, value, f"{pointer}/{name}")
    return found


def _field(field: ArgumentField, value: Any, pointer: str) -> Any:
    if isinstance(value, Fraction):
        return value.text if field.is_decimal else _plain(value, pointer)
    if field.model is not None:
        if is_object(value):
            return _object(field.model, value, pointer)
        if is_array(value):
            return [_field(field, one, f"{pointer}/{place}") for place, one in enumerate(value)]
    return _plain(value, pointer)


def _plain(value: Any, pointer: str) -> Any:
    if isinstance(value, Fraction):
        number = value.number()
        if number in (float("inf"), float("-inf")):
            raise invalid("That number is out of all bounds.", pointer)
        return number
    if is_object(value):
        return {name: _plain(inner, pointer) for name, inner in value.items()}
    if is_array(value):
        return [_plain(inner, pointer) for inner in value]
    return value


def _refuse_unknown(
    sentence: str, pointer: str, name: str, known: Iterable[str], *, query: bool = False
) -> NoReturn:
    """Say what is taken; the unknown name itself is not repeated, as it may hold anything."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    taken = ", ".join(names) or "nothing"
    raise invalid(f"{sentence}{hint} It takes: {taken}.", pointer, parameter=query)
