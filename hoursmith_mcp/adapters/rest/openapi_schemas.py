"""The schemas of the OpenAPI document: of arguments, of results, and of refusals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.adapters.rest.names import (
    argument_fields,
    nested_models,
    number_fields,
    rest_name,
)
from hoursmith_mcp.adapters.rest.problems import CODES
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.arguments import RestNumber
from hoursmith_mcp.schemas.json_values import is_array
from hoursmith_mcp.schemas.named import hidden_fields, named_schemas
from hoursmith_mcp.tables.lists import CURSOR, listed_field, rows_field

COMPONENTS = "#/components/schemas/"
HIDDEN_FROM = [Role.MEMBER.name]
Schema = dict[str, Any]

_BESIDE = ("description", "default")
"""What is said beside the forms that a value may have."""


class Schemas:
    """The models of arguments and results as schemas that refer to each other by name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Take the operations whose models they are."""
        arguments = [one.arguments.model for one in operations]
        results = [one.result for one in operations]
        taken = {inner for model in arguments for inner in nested_models(model)}
        named = named_schemas([*arguments, *results], COMPONENTS + "{model}")
        self._names = {model: name for name, (model, _) in named.items()}
        self._schemas = {
            name: _taken(model, schema) if model in taken else _given(schema, hidden_fields(model))
            for name, (model, schema) in named.items()
        }
        for model in taken - {*arguments}:
            self._schemas[self._names[model]] = or_null(self._schemas[self._names[model]])
        pages = [model for model in results if listed_field(model) is not None]
        self._spelled_out = {self._names[model] for model in (*arguments, *pages)}

    def of_arguments(self, one: Operation) -> Schema:
        """Return the schema of an operation's arguments, with what is taken where one is absent."""
        schema = self._schemas[self._names[one.arguments.model]]
        properties = dict(schema["properties"])
        for field in argument_fields(one.arguments.model).values():
            if field.name in one.rest_defaults:
                default = {"default": one.rest_defaults[field.name]}
                properties[field.rest_name] = {**properties[field.rest_name], **default}
        return {**schema, "properties": properties}

    def of_answer(self, model: type[BaseModel]) -> Schema:
        """Return the schema of the whole body of an answer."""
        field = listed_field(model)
        name = self._names[model]
        if field is None:
            return _object({"data": {"$ref": COMPONENTS + name}})
        properties = dict(self._schemas[name]["properties"])
        items = properties.pop(rest_name(field))
        properties.pop(rest_name(CURSOR), None)
        body = _object({"data": items, "pagination": {"$ref": COMPONENTS + "Pagination"}})
        if properties:
            body["properties"]["meta"] = {"type": "object", "properties": properties}
        return body

    def of_row(self, model: type[BaseModel]) -> Schema:
        """Return the schema of a row of an answer that is a list, or a table as a whole."""
        rows: Schema = self._schemas[self._names[model]]["properties"][
            rest_name(rows_field(model) or "")
        ]
        row: Schema = rows["items"]
        return row

    def shown(self) -> dict[str, Schema]:
        """Return the schemas that are referred to, by name."""
        names = sorted(set(self._schemas) - self._spelled_out)
        own = {"Error": _error(), "Pagination": _pagination(), "Problem": _problem()}
        return {**{name: self._schemas[name] for name in names}, **own}


def _taken(model: type[BaseModel], schema: Schema) -> Schema:
    """Name what is taken as over REST; a decimal number may be a number of JSON, too."""
    fields = {field.name: field for field in argument_fields(model).values()}
    properties: dict[str, Schema] = {
        fields[name].rest_name: {**inner, "type": ["string", "number"]}
        if fields[name].is_decimal
        else inner
        for name, inner in schema.get("properties", {}).items()
    }
    required = [fields[name].rest_name for name in schema.get("required", [])]
    either: list[Schema] = []
    for name, field in number_fields(model).items():
        text = fields[field.name].rest_name
        number = _number(field.number, properties[text]["description"], also_text=name == text)
        if name != text and text in required:
            required.remove(text)
            either = [{"required": [text]}, {"required": [name]}]
        properties[name] = number
    return _with(schema, properties, required) | ({"anyOf": either} if either else {})


def _number(number: RestNumber, of_text: str, *, also_text: bool) -> Schema:
    """Describe a number as its text is: "Duration: 2h." is "Duration in seconds."."""
    what, _, examples = of_text.replace(":", ",").rstrip(".").partition(",")
    said = f"{what} in {number.unit_name}"
    if also_text and examples:
        said += f", or{examples}"
    kind: Schema = {"type": ["string", "number"], "exclusiveMinimum": 0}
    if number.is_whole:
        kind = {"type": "integer", "minimum": 1}
    return {**kind, "maximum": number.most, "description": f"{said}."}


def or_null(schema: Schema) -> Schema:
    """Return the schema of an object in a body: null counts as left out, where that may be."""
    required = schema.get("required", [])
    properties = {
        name: inner if name in required else _or_null(inner)
        for name, inner in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties}


def _or_null(schema: Schema) -> Schema:
    if "type" not in schema:
        bare = {key: value for key, value in schema.items() if key not in _BESIDE}
        beside = {key: value for key, value in schema.items() if key in _BESIDE}
        return {**beside, "anyOf": [bare, {"type": "null"}]}
    types: list[str] = schema["type"] if is_array(schema["type"]) else [schema["type"]]
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [*types, "null"], **choices}


def _given(schema: Schema, hidden: frozenset[str]) -> Schema:
    """Name what is answered as over REST, and say what of it not every role may see."""
    properties = {
        rest_name(name): {**inner, "x-hidden-from": HIDDEN_FROM} if name in hidden else inner
        for name, inner in schema.get("properties", {}).items()
    }
    required = [rest_name(name) for name in schema.get("required", []) if name not in hidden]
    return _with(schema, properties, required)


def _with(schema: Schema, properties: Schema, required: list[str]) -> Schema:
    rest = {key: value for key, value in schema.items() if key not in ("properties", "required")}
    return {**rest, "properties": properties, **({"required": required} if required else {})}


def _object(properties: Schema, *optional: str) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _pagination() -> Schema:
    return _object(
        {"nextCursor": {"type": ["string", "null"]}, "limit": {"type": ["integer", "null"]}}
    )


def _problem() -> Schema:
    """Return the schema of a problem document (RFC 9457), which also holds our own error."""
    place = {name: {"type": "string"} for name in ("pointer", "parameter", "header", "detail")}
    return _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "requestId": {"type": "string"},
            "errors": {"type": "array", "items": _object(place, "pointer", "parameter", "header")},
            "operations": {"type": "object", "additionalProperties": {"type": "string"}},
            "error": {"$ref": COMPONENTS + "Error"},
        },
        "errors",
        "operations",
    )


def _error() -> Schema:
    things = {"type": "object", "additionalProperties": {"type": "string"}}
    return _object(
        {
            "code": {"type": "string", "enum": list(CODES)},
            "message": {"type": "string"},
            "fields": things,
            "candidates": {"type": "array", "items": things},
            "difference": {"type": "array", "items": things},
        },
        "fields",
        "candidates",
        "difference",
    )
