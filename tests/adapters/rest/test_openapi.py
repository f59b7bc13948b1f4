"""The OpenAPI document: valid, whole, and true to the catalogue."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from hoursmith_mcp import __version__
from hoursmith_mcp.adapters.rest.names import number_fields, path_variables, rest_name, rest_names
from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.adapters.rest.streaming import FORMS
from hoursmith_mcp.catalogue import load
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE
from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.schemas.named import hidden_fields, named_schemas
from hoursmith_mcp.tables.lists import is_whole_list, listed_field, rows_field

CATALOGUE = load()
DOCUMENT = build_openapi(CATALOGUE, server_url="https://hours.example/")
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
ROUTES: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
OPERATIONS = [one for one in CATALOGUE.operations.values() if one.rest is not None]
every = pytest.mark.parametrize("one", OPERATIONS, ids=[one.name for one in OPERATIONS])


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if is_object(node):
        yield node
        for value in node.values():
            yield from parts(value)
    elif is_array(node):
        for item in node:
            yield from parts(item)


def body(operation: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


def own_parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in operation.get("parameters", []) if "name" in part}


def test_the_document_says_what_it_is() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["version"] == __version__
    assert DOCUMENT["servers"] == [{"url": "https://hours.example/api/v1"}]
    scheme = DOCUMENT["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert DOCUMENT["security"] == [{"token": []}]


def test_every_schema_is_valid() -> None:
    validator: Any = importlib.import_module("jsonschema").Draft202012Validator
    schemas = [part["schema"] for part in parts(DOCUMENT) if isinstance(part.get("schema"), dict)]
    assert len(schemas) > len(ROUTES)
    for schema in [*schemas, *SCHEMAS.values()]:
        validator.check_schema(schema)


def test_every_reference_leads_somewhere() -> None:
    references = {part["$ref"] for part in parts(DOCUMENT) if "$ref" in part}
    for reference in references:
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place
    used = {reference.rpartition("/")[2] for reference in references}
    assert set(SCHEMAS) <= used


def test_every_operation_is_there_once() -> None:
    count = sum(len(methods) for methods in DOCUMENT["paths"].values())
    assert count == len(ROUTES) == len(OPERATIONS)
    assert set(ROUTES) == {one.name for one in OPERATIONS}


@every
def test_an_operation_is_as_its_record_says(one: Operation) -> None:
    method, path, operation = ROUTES[one.name]
    assert one.rest is not None
    assert f"{method.upper()} {re.sub('[A-Z]', lambda c: '_' + c[0].lower(), path)}" == one.rest
    assert operation["summary"] == one.title
    assert operation["description"] == one.description
    assert operation["x-least-role"] == one.least.name
    assert operation.get("x-scope") == one.scope
    success = "201" if one.creates else "200"
    assert {one for one in operation["responses"] if one.startswith("2")} == {success}
    assert set(operation["responses"]) >= {"401", "403", "404", "409", "422", "429", "500", "503"}


@every
def test_every_argument_has_one_place(one: Operation) -> None:
    method, path, operation = ROUTES[one.name]
    parameters = own_parameters(operation)
    in_path = {name for name, part in parameters.items() if part["in"] == "path"}
    in_body = set(body(operation)["properties"]) if "requestBody" in operation else set[str]()
    names = rest_names(one.arguments.model)
    of_path = path_variables((one.rest or "").partition(" ")[2])
    assert in_path == set(re.findall(r"\{(\w+)\}", path)) == {rest_name(name) for name in of_path}
    elsewhere = {names[name] for name in one.arguments.names if name not in of_path}
    elsewhere |= set(number_fields(one.arguments.model))
    assert not in_body & set(parameters)
    assert in_body | set(parameters) == elsewhere | in_path
    assert bool(in_body) <= (method in ("post", "patch"))
    assert method not in ("post", "patch") or in_path == set(parameters)
    required = {name for name, part in parameters.items() if part["required"]}
    if "requestBody" in operation:
        required |= set(body(operation).get("required", []))
        assert operation["requestBody"]["required"] == bool(body(operation).get("required"))
        assert body(operation)["additionalProperties"] is False
    wanted = set(one.arguments.schema.get("required", []))
    either: list[Any] = body(operation).get("anyOf", []) if "requestBody" in operation else []
    required |= set(either[0]["required"] if either else ())
    assert required == in_path | {names[name] for name in wanted if name not in of_path}


@every
def test_null_is_taken_for_what_may_be_left_out(one: Operation) -> None:
    operation = ROUTES[one.name][2]
    if "requestBody" not in operation:
        return
    validator: Any = importlib.import_module("jsonschema").Draft202012Validator
    for name, schema in body(operation)["properties"].items():
        takes_null = validator({**schema, "components": DOCUMENT["components"]}).is_valid(None)
        assert takes_null == (name not in body(operation).get("required", [])), name


@every
def test_a_post_that_changes_something_takes_an_idempotency_key(one: Operation) -> None:
    method, _, operation = ROUTES[one.name]
    references = [part["$ref"] for part in operation.get("parameters", []) if "$ref" in part]
    takes_key = "#/components/parameters/IdempotencyKey" in references
    assert takes_key == (method == "post" and not one.read_only)
    header = DOCUMENT["components"]["parameters"]["IdempotencyKey"]
    assert (header["name"], header["in"]) == ("Idempotency-Key", "header")


@every
def test_a_result_is_data_of_a_named_schema(one: Operation) -> None:
    responses = ROUTES[one.name][2]["responses"]
    answer = responses["201" if one.creates else "200"]["content"]["application/json"]["schema"]
    fields = {rest_name(field) for field in one.result.model_fields}
    listed = listed_field(one.result)
    if listed is None:
        assert answer["required"] == ["data"]
        name = answer["properties"]["data"]["$ref"].rpartition("/")[2]
        assert set(SCHEMAS[name]["properties"]) == fields
        return
    assert answer["required"] == ["data", "pagination"]
    assert answer["properties"]["data"]["type"] == "array"
    meta = set(answer["properties"].get("meta", {}).get("properties", {}))
    assert meta == fields - {rest_name(listed), "nextCursor"}


@every
def test_a_list_is_there_in_three_forms_and_everything_else_in_one(one: Operation) -> None:
    responses = ROUTES[one.name][2]["responses"]
    forms = responses["201" if one.creates else "200"]["content"]
    assert [form for form in forms if form != PICTURE] == (
        [*FORMS] if is_whole_list(one) else ["application/json"]
    )
    assert ("406" in responses) == is_whole_list(one)
    if is_whole_list(one):
        data = forms["application/json"]["schema"]["properties"]["data"]
        if "$ref" in data:  # A table as a whole.
            rows = rest_name(rows_field(one.result) or "")
            data = SCHEMAS[data["$ref"].rpartition("/")[2]]["properties"][rows]
        assert forms["application/x-ndjson"]["x-item-schema"] == data["items"]


def test_a_refusal_is_a_problem_that_holds_the_error() -> None:
    problem = DOCUMENT["components"]["responses"]["Problem"]["content"]["application/problem+json"]
    assert problem["schema"]["$ref"].endswith("/Problem")
    assert {"type", "title", "status", "detail", "error"} <= set(SCHEMAS["Problem"]["properties"])
    error = SCHEMAS["Error"]
    assert set(error["properties"]) == {"code", "message", "fields", "candidates", "difference"}
    assert {"validation_error", "not_found", "internal"} <= set(error["properties"]["code"]["enum"])


@pytest.mark.parametrize("type", EVENT_TYPES)
def test_every_event_has_a_schema_and_an_example_that_is_valid_by_it(type: str) -> None:
    assert set(DOCUMENT["webhooks"]) == set(EVENT_TYPES)
    entry = DOCUMENT["webhooks"][type]["post"]
    content = entry["requestBody"]["content"]["application/json"]
    validator: Any = importlib.import_module("jsonschema").Draft202012Validator
    validator({**content["schema"], "components": DOCUMENT["components"]}).validate(
        content["example"]
    )
    things = set(content["schema"]["properties"]["data"]["properties"]) - {"test"}
    assert things == set(content["example"]["data"])
    assert content["schema"]["properties"]["type"] == {"const": type}
    says_so = "Nothing here sends it yet." in entry["summary"]
    assert says_so == (type == "invoice.payment_failed")


def test_names_are_camel_case_throughout() -> None:
    for part in parts(DOCUMENT):
        for name in part.get("properties", {}):
            assert re.fullmatch(r"[a-z]+([A-Z][a-z]*|[0-9]+)*", name), name


def test_what_is_hidden_from_some_says_so_and_is_never_required() -> None:
    hidden = {
        (name, field)
        for name, schema in SCHEMAS.items()
        for field, inner in schema.get("properties", {}).items()
        if "x-hidden-from" in inner
    }
    answers = named_schemas([one.result for one in OPERATIONS], "{model}")
    assert hidden == {
        (name, rest_name(field))
        for name, (model, _) in answers.items()
        for field in hidden_fields(model)
        if name in SCHEMAS
    }
    assert {("ProjectOut", "hourlyRate"), ("ProjectOut", "budgetHours")} <= hidden
    assert ("ProjectOut", "name") not in hidden
    for name, field in hidden:
        assert SCHEMAS[name]["properties"][field]["x-hidden-from"] == ["MEMBER"]
        assert field not in SCHEMAS[name].get("required", [])


@every
def test_so_does_what_is_beside_a_list(one: Operation) -> None:
    responses = ROUTES[one.name][2]["responses"]
    answer = responses["201" if one.creates else "200"]["content"]["application/json"]["schema"]
    beside = answer["properties"].get("meta", {"properties": {}})
    assert "required" not in beside
    assert {name for name, field in beside["properties"].items() if "x-hidden-from" in field} == (
        {rest_name(name) for name in hidden_fields(one.result)} - {"nextCursor"}
        if listed_field(one.result)
        else set()
    )


def test_a_number_is_described_by_its_unit() -> None:
    said = {
        (name, body(ROUTES[operation][2])["properties"][name]["description"])
        for operation in ("log_time", "update_time_entry", "create_project", "update_task")
        for name in ("durationSeconds", "budgetHours", "estimatedHours")
        if name in body(ROUTES[operation][2])["properties"]
    }
    assert said == {
        ("durationSeconds", "Duration in seconds."),
        ("durationSeconds", "The new whole duration in seconds."),
        ("budgetHours", "Budget in hours, or as 40h."),
        ("estimatedHours", "Estimate in hours."),
    }
