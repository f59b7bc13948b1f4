"""The OpenAPI 3.1 document: the catalogue as programs read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from hoursmith_mcp import __version__
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.adapters.rest.names import path_variables, rest_name, rest_path
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.base import Public
from hoursmith_mcp.schemas.named import hidden_fields, named_schemas

BASE_PATH = "/api/v1"
COMPONENTS = "#/components/schemas/"
HIDDEN_FROM = [Role.MEMBER.name]
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

PROBLEM = {"$ref": "#/components/responses/Problem"}
IDEMPOTENCY_KEY = {"$ref": "#/components/parameters/IdempotencyKey"}


def build_openapi(catalogue: Catalogue, *, server_url: str) -> dict[str, Any]:
    """Return the document for a server at that address, the same for every caller."""
    operations = [one for one in catalogue.operations.values() if one.rest is not None]
    schemas = _Schemas(operations)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hoursmith", "version": __version__},
        "servers": [{"url": server_url.rstrip("/") + BASE_PATH}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in sorted({one.toolset for one in operations})],
        "paths": _paths(operations, schemas),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": {"IdempotencyKey": _idempotency_key()},
            "responses": {"Problem": _problem_response()},
            "schemas": {**schemas.shown(), "Error": _error(), "Problem": _problem()},
        },
    }


def _paths(operations: Iterable[Operation], schemas: _Schemas) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for one in operations:
        method, path = (one.rest or "").split(" ")
        paths.setdefault(rest_path(path), {})[method.lower()] = _operation(
            one, method, path_variables(path), schemas
        )
    return paths


def _operation(
    one: Operation, method: str, in_path: tuple[str, ...], schemas: _Schemas
) -> dict[str, Any]:
    arguments = schemas.of(one.arguments.model)
    has_body = method in METHODS_WITH_BODY
    elsewhere = {rest_name(name) for name in in_path}
    parameters = [
        _parameter(name, schema, arguments, in_path=name in elsewhere)
        for name, schema in arguments.get("properties", {}).items()
        if name in elsewhere or not has_body
    ]
    if method == "POST" and not one.read_only:
        parameters.append(IDEMPOTENCY_KEY)
    document: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.title,
        "description": one.description,
        "tags": [one.toolset],
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(arguments, elsewhere)} if has_body else {}),
        "responses": {"200": _success(schemas.reference(one.result)), **_refusals()},
    }
    if one.scope is not None:
        document["x-scope"] = str(one.scope)
    return {**document, "x-least-role": one.least.name}


def _parameter(
    name: str, schema: dict[str, Any], arguments: dict[str, Any], *, in_path: bool
) -> dict[str, Any]:
    bare = {key: value for key, value in schema.items() if key != "description"}
    return {
        "name": name,
        "in": "path" if in_path else "query",
        "required": in_path or name in arguments.get("required", []),
        "description": schema.get("description", ""),
        "schema": bare,
    }


def _body(arguments: dict[str, Any], elsewhere: set[str]) -> dict[str, Any]:
    properties = {
        name: schema
        for name, schema in arguments.get("properties", {}).items()
        if name not in elsewhere
    }
    required = [name for name in arguments.get("required", []) if name not in elsewhere]
    schema = {**arguments, "properties": properties, "required": required}
    if not required:
        del schema["required"]
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _success(schema: dict[str, Any]) -> dict[str, Any]:
    wrapped = {"type": "object", "properties": {"data": schema}, "required": ["data"]}
    return {"description": "Done.", "content": {"application/json": {"schema": wrapped}}}


def _refusals() -> dict[str, Any]:
    statuses = sorted({kind.status for kind in _error_kinds()})
    return {str(status): PROBLEM for status in statuses}


class _Schemas:
    """The models of arguments and results as schemas that refer to each other by name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        arguments = [one.arguments.model for one in operations]
        results = [one.result for one in operations]
        named = named_schemas([*arguments, *results], COMPONENTS + "{model}")
        self._names = {model: name for name, (model, _) in named.items()}
        self._schemas = {
            # Who may not see money may not make a call that takes any, either.
            name: _renamed(
                schema, hidden_fields(model) if issubclass(model, Public) else frozenset()
            )
            for name, (model, schema) in named.items()
        }
        self._spelled_out = {self._names[model] for model in arguments}

    def of(self, model: type[BaseModel]) -> dict[str, Any]:
        """Return the schema of a model, spelled out."""
        return self._schemas[self._names[model]]

    def reference(self, model: type[BaseModel]) -> dict[str, Any]:
        """Return a reference to the schema of a model."""
        return {"$ref": COMPONENTS + self._names[model]}

    def shown(self) -> dict[str, Any]:
        """Return the schemas that are referred to, by name."""
        names = sorted(set(self._schemas) - self._spelled_out)
        return {name: self._schemas[name] for name in names}


def _renamed(schema: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """Name the properties as over REST, and say which of them not every role may see."""
    properties = {
        rest_name(name): {**inner, "x-hidden-from": HIDDEN_FROM} if name in hidden else inner
        for name, inner in schema.get("properties", {}).items()
    }
    required = [rest_name(name) for name in schema.get("required", []) if name not in hidden]
    rest = {key: value for key, value in schema.items() if key not in ("properties", "required")}
    return {**rest, "properties": properties, **({"required": required} if required else {})}


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "Makes a retry safe: for 24 hours the same key gives the same answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }


def _problem_response() -> dict[str, Any]:
    schema = {"$ref": COMPONENTS + "Problem"}
    return {
        "description": "The call was refused, and nothing of it was stored.",
        "content": {"application/problem+json": {"schema": schema}},
    }


def _problem() -> dict[str, Any]:
    """Return the schema of a problem document (RFC 9457), which also holds our own error."""
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri-reference"},
            "error": {"$ref": COMPONENTS + "Error"},
        },
        "required": ["type", "title", "status", "error"],
    }


def _error() -> dict[str, Any]:
    things = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "type": "object",
        "properties": {
            "code": {"type": "string", "enum": sorted({kind.code for kind in _error_kinds()})},
            "message": {"type": "string"},
            "fields": things,
            "candidates": {"type": "array", "items": things},
            "difference": {"type": "array", "items": things},
        },
        "required": ["code", "message"],
    }


def _error_kinds() -> list[type[HoursmithError]]:
    tree = HoursmithError.__module__
    return [kind for kind in HoursmithError.__subclasses__() if kind.__module__ == tree]
