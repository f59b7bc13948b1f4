"""One catalogue: what MCP lists, what REST answers and what OpenAPI says are the same operations.

Whatever differs is what a record declares: `mcp=False`, no `rest`, `unlisted`, `rest_only`,
`rest_defaults`, `asks`, and the names and forms of arguments over REST.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from houses import open_house
from pydantic import BaseModel
from rest_calls import rest_client

from hoursmith_mcp.adapters.mcp.tools import definitions
from hoursmith_mcp.adapters.rest.names import (
    argument_fields,
    nested_models,
    number_fields,
    path_variables,
    rest_name,
    rest_path,
)
from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.adapters.rest.paths import BASE_PATH
from hoursmith_mcp.adapters.rest.routing import Paths
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.questions import CONFIRM
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.named import named_schemas
from hoursmith_mcp.tables.lists import CURSOR, listed_field

CATALOGUE = load()
OPERATIONS = list(CATALOGUE.operations.values())
TOOLS = {one["name"]: one for one in definitions(CATALOGUE.tools("all", forbidden_too=True))}
DOCUMENT: dict[str, Any] = json.loads(json.dumps(build_openapi(CATALOGUE, server_url="")))
PATHS = Paths(CATALOGUE)
DESCRIBED: dict[str, tuple[str, dict[str, Any]]] = {
    operation["operationId"]: (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
MODELS = {
    name: model
    for name, (model, _) in named_schemas([one.result for one in OPERATIONS], "{model}").items()
}
OVER_REST = [one for one in OPERATIONS if one.rest is not None]
OVER_BOTH = [one for one in OVER_REST if one.mcp]

over_rest = pytest.mark.parametrize("one", OVER_REST, ids=[one.name for one in OVER_REST])
over_both = pytest.mark.parametrize("one", OVER_BOTH, ids=[one.name for one in OVER_BOTH])


def resolved(schema: Any) -> Any:
    """Return a schema, or the one of a component that it refers to."""
    reference = schema.get("$ref", "")
    return DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def taken(operation: dict[str, Any]) -> dict[str, Any]:
    """Return what an operation of the document takes, wherever it stands, by name."""
    content = operation.get("requestBody", {}).get("content", {})
    found = dict(content.get("application/json", {}).get("schema", {}).get("properties", {}))
    for parameter in operation.get("parameters", []):
        if "name" in parameter:
            said = {"description": parameter["description"]} if parameter["description"] else {}
            found[parameter["name"]] = {**parameter["schema"], **said}
    return found


def in_our_words(schema: Any, models: dict[str, type[BaseModel]], *, is_decimal: bool) -> Any:
    """Return what the document says of an argument as a tool does.

    Null counts as left out and so is no type of ours; a decimal may be a number of JSON, too.
    """
    said = {**schema}
    if isinstance(said.get("type"), list):
        kinds = [kind for kind in said["type"] if kind != "null"]
        said["type"] = "string" if is_decimal and "number" in kinds else kinds[0]
        assert set(kinds) - {"string", "number"} == set() or len(kinds) == 1
    if "enum" in said:
        said["enum"] = [value for value in said["enum"] if value is not None]
    if "anyOf" in said:
        (bare,) = (one for one in said.pop("anyOf") if one != {"type": "null"})
        said.update(bare)
    if "$ref" in said:
        name = said["$ref"].rpartition("/")[2]
        inner = arguments_in_our_words(resolved(said)["properties"], models[name], models)
        said = {key: value for key, value in said.items() if key != "$ref"}
        said |= {"type": "object", "properties": inner}
    if "items" in said:
        said["items"] = in_our_words(said["items"], models, is_decimal=False)
    return said


def arguments_in_our_words(
    properties: dict[str, Any], model: type[BaseModel], models: dict[str, type[BaseModel]]
) -> dict[str, Any]:
    """Return arguments of the document under our own names."""
    fields, numbers = argument_fields(model), number_fields(model)
    found: dict[str, Any] = {}
    for name, schema in properties.items():
        bare = {**schema}
        if name in numbers:
            assert {"integer", "number"} & {*schema["type"]}
            assert bare.pop("maximum") == numbers[name].number.most
            assert bare.pop("minimum" if "minimum" in bare else "exclusiveMinimum") >= 0
            assert numbers[name].number.unit_name in bare["description"]
            bare["description"] = model.model_fields[numbers[name].name].description
        if name in fields:
            field = fields[name]
            found[field.name] = in_our_words(bare, models, is_decimal=field.is_decimal)
    return found


def spelled_out(schema: Any, definitions: dict[str, Any]) -> Any:
    """Return the schema of a tool with what it refers to in its place."""
    if is_array(schema):
        return [spelled_out(one, definitions) for one in schema]
    if not is_object(schema):
        return schema
    if "$ref" in schema:
        inner = spelled_out(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {**rest, "type": "object", "properties": inner["properties"]}
    return {key: spelled_out(value, definitions) for key, value in schema.items()}


# Names.


def test_every_door_has_the_operations_that_records_give_it() -> None:
    assert set(TOOLS) == {one.name for one in OPERATIONS if one.mcp}
    assert set(DESCRIBED) == {one.name for one in OVER_REST}


@over_rest
def test_every_route_leads_to_its_operation(one: Operation) -> None:
    method, path = (one.rest or "").split(" ")
    assert DESCRIBED[one.name][0] == f"{method} {rest_path(path)}"
    variables = path_variables(path)
    for name in variables:
        path = path.replace(f"{{{name}}}", f"some-{name}")
    route = PATHS.find(method, path.encode())
    assert route.operation is one
    assert route.variables == {name: f"some-{name}" for name in variables}


@pytest.mark.anyio
async def test_every_path_takes_the_methods_of_the_document(sqlite_url: str) -> None:
    async with open_house(sqlite_url) as (runtime, _), rest_client(runtime) as client:
        for path, methods in DOCUMENT["paths"].items():
            answer = await client.options(BASE_PATH.removeprefix("/api/v1") + path.lstrip("/"))
            also = {"HEAD"} if "get" in methods else set[str]()
            allowed = set(answer.headers["allow"].split(", "))
            assert allowed == {*(method.upper() for method in methods), *also, "OPTIONS"}, path


# Words, permissions and flags.


@over_both
def test_tool_and_document_say_the_same_words(one: Operation) -> None:
    tool, (_, operation) = TOOLS[one.name], DESCRIBED[one.name]
    assert (tool["title"], tool["description"]) == (operation["summary"], operation["description"])


@over_rest
def test_permissions_and_flags_are_those_of_the_record(one: Operation) -> None:
    address, operation = DESCRIBED[one.name]
    assert operation.get("x-scope") == one.scope
    assert operation["x-least-role"] == one.least.name
    assert operation["x-annotations"] == one.annotations
    if one.mcp:
        assert operation["x-annotations"] == TOOLS[one.name]["annotations"]
    assert address.startswith("GET ") <= one.read_only
    assert one.read_only == address.startswith("GET ") or one.proposes


@over_rest
def test_a_key_is_demanded_of_every_post_that_changes_something(one: Operation) -> None:
    address, operation = DESCRIBED[one.name]
    demanded = [
        DOCUMENT["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        for parameter in operation.get("parameters", [])
        if "$ref" in parameter
    ]
    keys = [header for header in demanded if header["name"] == "Idempotency-Key"]
    assert [header["required"] for header in keys] == (
        [True] if address.startswith("POST ") and not one.read_only else []
    )


# Arguments and answers.


@over_both
def test_tool_and_document_take_the_same_arguments(one: Operation) -> None:
    schema = TOOLS[one.name]["inputSchema"]
    tool = spelled_out(schema["properties"], schema.get("$defs", {}))
    assert (tool.pop(CONFIRM, None) is not None) == (one.asks is not None)
    operation = DESCRIBED[one.name][1]
    in_path = set(path_variables((one.rest or "").partition(" ")[2]))
    models = {model.__name__: model for model in nested_models(one.arguments.model)}
    given = taken(operation)
    for name in in_path:
        # A path holds text whatever the argument, and is named as the thing, not as a reference.
        described = given.pop(rest_name(name))
        assert described["type"] == tool[name]["type"] == "string"
        assert described["description"] == tool.pop(name)["description"]
    document = arguments_in_our_words(given, one.arguments.model, models)
    for name in (*one.unlisted, *one.rest_only):
        assert name not in tool
        document.pop(name, None)
    for name, value in one.rest_defaults.items():
        assert document[name].pop("default") == value
        assert "default" not in tool[name] or tool[name].pop("default") != value
    assert document == tool


@over_rest
def test_what_is_answered_is_the_result_by_the_names_of_scripts(one: Operation) -> None:
    responses = DESCRIBED[one.name][1]["responses"]
    answer = responses["201" if one.creates else "200"]["content"]["application/json"]["schema"]
    schema = one.result_schema
    fields = outward(spelled_out(schema["properties"], schema.get("$defs", {})))
    listed = listed_field(one.result)
    if listed is None:
        assert answered(answer["properties"]["data"])["properties"] == fields
        return
    fields.pop(rest_name(CURSOR), None)
    assert answered(answer["properties"]["data"]) == fields.pop(rest_name(listed))
    beside = answered(answer["properties"].get("meta", {})).get("properties", {})
    assert {name: beside[name] for name in beside if name in fields} == fields
    assert beside.keys() - fields.keys() <= unlisted_fields(one.result)


def outward(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas of fields under their names over REST; which are required is left out."""
    return {rest_name(name): outward_schema(schema) for name, schema in fields.items()}


def outward_schema(schema: Any) -> Any:
    """Return a schema whose fields have their names over REST."""
    said = {key: value for key, value in schema.items() if key not in ("required", "description")}
    if "properties" in said:
        said["properties"] = outward(said["properties"])
    for key in ("items", "additionalProperties"):
        if is_object(said.get(key)):
            said[key] = outward_schema(said[key])
    return said


def answered(schema: Any) -> Any:
    """Return what the document says is answered, but for who may not see it and what is unlisted.

    Fields that are unlisted are told to programs only, and so is what a field always says.
    """
    leave_out = ("required", "description", "default", "x-hidden-from")
    said = {key: value for key, value in resolved(schema).items() if key not in leave_out}
    if "properties" in said:
        unlisted = unlisted_fields(MODELS.get(schema.get("$ref", "").rpartition("/")[2]))
        said["properties"] = {
            key: answered(value) for key, value in said["properties"].items() if key not in unlisted
        }
    for key in ("items", "additionalProperties"):
        if is_object(said.get(key)):
            said[key] = answered(said[key])
    return said


def unlisted_fields(model: type[BaseModel] | None) -> set[str]:
    """Return the names over REST of a model's fields that tools do not list."""
    fields = model.model_fields.items() if model is not None else ()
    return {rest_name(name) for name, field in fields if "UnlistedMark" in repr(field)}
