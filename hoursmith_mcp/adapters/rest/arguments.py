"""From a request to arguments: the path, the query and the body, under their names over REST."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from pydantic import BaseModel

from hoursmith_mcp.adapters.rest.json_body import Fraction
from hoursmith_mcp.adapters.rest.mistakes import Mistakes
from hoursmith_mcp.adapters.rest.names import (
    ArgumentField,
    NumberField,
    argument_fields,
    number_fields,
)
from hoursmith_mcp.adapters.rest.problems import invalid, malformed
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.listing import read_flag

DECIMAL_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def from_body(
    one: Operation, body: Mapping[str, Any], in_path: Iterable[str]
) -> tuple[dict[str, Any], Mistakes]:
    """Return the arguments that a body gives, and which of its names are not known."""
    mistakes = Mistakes(one.name, "pointer")
    return _object(one.arguments.model, body, "", mistakes, frozenset(in_path)), mistakes


def from_query(
    one: Operation, query: bytes, in_path: Iterable[str]
) -> tuple[dict[str, Any], Mistakes]:
    """Return the arguments that a query gives, each read by what its schema says it is.

    What cannot be read so stays text, which the operation refuses. Besides, return which parameters
    are not known, or come twice.
    """
    mistakes = Mistakes(one.name, "parameter")
    fields = _fields(one.arguments.model, frozenset(in_path))
    properties = one.arguments.schema.get("properties", {})
    given: dict[str, Any] = {}
    for name, text in _pairs(query):
        field = fields.get(name)
        if field is None:
            mistakes.add_unknown("", name, fields)
        elif field.name in given:
            mistakes.add(name, f"{name} comes twice: give it once.")
        else:
            given[field.name] = _value(text, properties[field.name])
    return given, mistakes


def no_query(query: bytes) -> None:
    """Raise Problem where there is a query and none is taken."""
    if _pairs(query):
        raise invalid("This call takes its arguments in the body.", "", parameter=True)


def decoded(text: bytes) -> str:
    """Return a part of an address without percent signs; raises Problem where it is no text."""
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise malformed("The address is not in UTF-8.") from None


def _pairs(query: bytes) -> list[tuple[str, str]]:
    parts = [part.partition(b"=") for part in query.split(b"&") if part]
    return [
        (decoded(name.replace(b"+", b" ")), decoded(text.replace(b"+", b" ")))
        for name, _, text in parts
    ]


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "boolean":
            return read_flag(text)
        case "integer":
            digits = text.removeprefix("-")
            is_whole = digits.isascii() and digits.isdecimal() and len(digits) < 16
            return int(text) if is_whole else text
        case "array":
            return [_value(part, schema.get("items", {})) for part in text.split(",")]
        case _:
            return text


def _fields(model: type[BaseModel], leave_out: frozenset[str]) -> dict[str, ArgumentField]:
    return {
        name: field for name, field in argument_fields(model).items() if field.name not in leave_out
    }


def _object(
    model: type[BaseModel],
    given: Mapping[str, Any],
    pointer: str,
    mistakes: Mistakes,
    leave_out: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    fields, numbers = _fields(model, leave_out), number_fields(model)
    found: dict[str, Any] = {}
    # A number comes last: it counts where an argument is written as text, too.
    for name, value in sorted(given.items(), key=lambda item: item[0] in numbers):
        place = f"{pointer}/{name}"
        number = numbers.get(name)
        if number is not None and (name not in fields or _number_text(number, value)):
            if value is not None:
                _check_text(found.get(number.name), name, place)
                found[number.name] = _with_unit(number, name, value, place)
        elif name in fields:
            found[fields[name].name] = _field(fields[name], value, place, mistakes)
        else:
            mistakes.add_unknown(pointer, name, dict.fromkeys((*fields, *numbers)))
    return found


def _check_text(other: Any, name: str, pointer: str) -> None:
    """Refuse what is no text beside the number that counts: nobody would be told of it."""
    if not isinstance(other, str | None):
        raise invalid(
            f"What {name} is the number of must be text where it is written, too.", pointer
        )


def _number_text(field: NumberField, value: Any) -> str | None:
    """Return a number as it was written, which a decimal one may be as text; None for no number."""
    if isinstance(value, bool):
        return None
    if field.number.is_whole:
        # 60.0 is whole, too, as JSON Schema has it.
        whole = value.number() if isinstance(value, Fraction) else value
        return str(whole) if isinstance(whole, int) and whole > 0 else None
    text = value.text if isinstance(value, Fraction) else str(value)
    return text if DECIMAL_NUMBER.fullmatch(text) else None


def _with_unit(field: NumberField, name: str, value: Any, pointer: str) -> str:
    """Return a number as the text that the argument is; raises Problem."""
    text = _number_text(field, value)
    if text is None:
        what = "a whole number" if field.number.is_whole else "a decimal number"
        raise invalid(f"{name} must be {what}, above zero.", pointer)
    return text + field.number.unit


def _field(field: ArgumentField, value: Any, pointer: str, mistakes: Mistakes) -> Any:
    if isinstance(value, Fraction):
        return value.text if field.is_decimal else _plain(value, pointer)
    if field.model is not None:
        if is_object(value):
            return _object(field.model, value, pointer, mistakes)
        if is_array(value):
            return [
                _field(field, one, f"{pointer}/{place}", mistakes)
                for place, one in enumerate(value)
            ]
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
