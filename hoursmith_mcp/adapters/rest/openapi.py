"""The OpenAPI 3.1 document: the catalogue as programs read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hoursmith_mcp import __version__
from hoursmith_mcp.adapters.rest.answers import JSON
from hoursmith_mcp.adapters.rest.keys import HEADER as KEY
from hoursmith_mcp.adapters.rest.keys import needs_key
from hoursmith_mcp.adapters.rest.links import links_of
from hoursmith_mcp.adapters.rest.names import path_variables, rest_name, rest_names, rest_path
from hoursmith_mcp.adapters.rest.openapi_schemas import COMPONENTS, Schema, Schemas, or_null
from hoursmith_mcp.adapters.rest.openapi_webhooks import told_schemas, webhooks
from hoursmith_mcp.adapters.rest.paths import BASE_PATH, METHODS_WITH_BODY, READ
from hoursmith_mcp.adapters.rest.pictures import is_drawn
from hoursmith_mcp.adapters.rest.streaming import MARK
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE
from hoursmith_mcp.schemas.exports import CSV, NDJSON, XLSX
from hoursmith_mcp.tables.lists import is_whole_list, listed_field

DESCRIPTION = f"""\
Send a token as `Authorization: Bearer hsk_…`; `hoursmith-mcp token create` makes one.

- What is answered is in `data`; a list comes with `pagination`, whose `nextCursor` leads on.
- Things are named by id, or by the name that people use for them.
- Every POST that changes something needs a `{KEY}`, new for each new call and the same for a retry.
- `ETag`, `If-None-Match` and `If-Match` say what was seen last.
- A refusal is a problem document (RFC 9457): what is wrong, where, and what to do.
"""

ALWAYS = (400, 401, 403, 404, 409, 421, 422, 429, 500, 503)
"""What any call may be refused with."""

OF_BODIES = (413, 415)
TAG = '(W/)?"[!#-~]*"'
TAGS = rf"^(\*|{TAG}( *, *{TAG})*)$"
RESPONSES = "#/components/responses/"
PARAMETERS = "#/components/parameters/"
HEADERS = "#/components/headers/"
LIMIT_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def build_openapi(catalogue: Catalogue, *, server_url: str) -> dict[str, Any]:
    """Return the document for a server at that address, the same for every caller.

    Where the address is empty, the one counts that the document was read from.
    """
    operations = [one for one in catalogue.operations.values() if one.rest is not None]
    schemas = Schemas(operations)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hoursmith", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": server_url.rstrip("/") + BASE_PATH}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in sorted({one.toolset for one in operations})],
        "paths": _paths(operations, schemas),
        "webhooks": webhooks(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "parameters": _parameters(),
            "headers": _headers(),
            "responses": {"NotModified": _not_modified(), "Problem": _problem_response()},
            "schemas": {**schemas.shown(), **told_schemas()},
        },
    }


def _paths(operations: Sequence[Operation], schemas: Schemas) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    readers = {path for one in operations for path in [_tagged_path(one)] if path is not None}
    for one in operations:
        method, path = (one.rest or "").split(" ")
        document = _operation(one, method, path, schemas, has_tag=path in readers)
        if links := links_of(one, operations):
            document["responses"]["201"]["links"] = links
        paths.setdefault(rest_path(path), {})[method.lower()] = document
    return paths


def _tagged_path(one: Operation) -> str | None:
    """Return the path of an operation whose answers have entity tags."""
    method, path = (one.rest or "").split(" ")
    return path if method == READ and listed_field(one.result) is None else None


def _operation(
    one: Operation, method: str, path: str, schemas: Schemas, *, has_tag: bool
) -> dict[str, Any]:
    arguments = schemas.of_arguments(one)
    has_body = method in METHODS_WITH_BODY
    elsewhere = _in_path(one, path)
    parameters = [
        _path_parameter(name, arguments["properties"][taken]) for taken, name in elsewhere.items()
    ]
    if not has_body:
        parameters += [
            _query_parameter(name, schema, required=name in arguments.get("required", []))
            for name, schema in arguments.get("properties", {}).items()
            if name not in elsewhere
        ]
    named = {
        "IdempotencyKey": needs_key(one),
        "IfMatch": has_tag and not one.read_only,
        "IfNoneMatch": has_tag and method == READ,
        "ByteOrderMark": is_whole_list(one),
    }
    parameters += [{"$ref": PARAMETERS + name} for name, is_taken in named.items() if is_taken]
    document: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.title,
        "description": one.description,
        "tags": [one.toolset],
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(arguments, elsewhere)} if has_body else {}),
        "responses": _responses(one, method, schemas, has_tag=has_tag, has_body=has_body),
    }
    if one.scope is not None:
        document["x-scope"] = str(one.scope)
    return {**document, "x-least-role": one.least.name, "x-annotations": one.annotations}


def _in_path(one: Operation, path: str) -> dict[str, str]:
    """Return the names in the path of what is otherwise named as an argument."""
    names = rest_names(one.arguments.model)
    return {names[name]: rest_name(name) for name in path_variables(path)}


def _path_parameter(name: str, schema: Schema) -> Schema:
    return {
        **_parameter(name, schema, "path"),
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }


def _query_parameter(name: str, schema: Schema, *, required: bool) -> Schema:
    parameter = {**_parameter(name, schema, "query"), "required": required}
    # Several values stand behind one another, as a parameter may not come twice.
    is_list = schema.get("type") == "array"
    return {**parameter, **({"style": "form", "explode": False} if is_list else {})}


def _parameter(name: str, schema: Schema, place: str) -> Schema:
    bare = {key: value for key, value in schema.items() if key != "description"}
    return {
        "name": name,
        "in": place,
        "description": schema.get("description", ""),
        "schema": bare,
    }


def _body(arguments: Schema, elsewhere: Mapping[str, str]) -> Schema:
    properties = {
        name: schema
        for name, schema in or_null(arguments).get("properties", {}).items()
        if name not in elsewhere
    }
    required = [name for name in arguments.get("required", []) if name not in elsewhere]
    schema = {**arguments, "properties": properties, "required": required}
    if not required:
        del schema["required"]
    return {"required": bool(required), "content": {JSON: {"schema": schema}}}


def _responses(
    one: Operation, method: str, schemas: Schemas, *, has_tag: bool, has_body: bool
) -> dict[str, Any]:
    names = ["Request-Id", *LIMIT_HEADERS]
    if has_tag and method == READ:
        names.append("ETag")
    if needs_key(one):
        names.append("Idempotent-Replayed")
    success = {
        "description": "Done.",
        "headers": {name: {"$ref": HEADERS + name} for name in names},
        "content": _content(one, schemas),
    }
    found: dict[str, Any] = {"201" if one.creates else "200": success}
    if has_tag and method == READ:
        found["304"] = {"$ref": RESPONSES + "NotModified"}
    refusals = {*ALWAYS, *(OF_BODIES if has_body else ()), *(() if one.read_only else (412,))}
    if is_whole_list(one):
        refusals.add(406)
    return {
        **found,
        **{str(status): {"$ref": RESPONSES + "Problem"} for status in sorted(refusals)},
    }


def _content(one: Operation, schemas: Schemas) -> dict[str, Any]:
    """Return the forms of an answer, by media type."""
    answer = schemas.of_answer(one.result)
    content: dict[str, Any] = {JSON: {"schema": answer}}
    if is_whole_list(one):
        # OpenAPI 3.1 has no word for what each line is.
        lines = {
            "schema": {"type": "string"},
            "x-item-schema": schemas.of_row(one.result),
        }
        content |= {NDJSON: lines, CSV: {"schema": {"type": "string"}}, XLSX: {}}
    if is_drawn(one):
        content[PICTURE] = {"schema": {"type": "string"}}
    return content


def _parameters() -> dict[str, Any]:
    def header(name: str, description: str, *, required: bool = False, **limits: Any) -> Schema:
        place = {"name": name, "in": "header", "required": required}
        return {**place, "description": description, "schema": {"type": "string", **limits}}

    return {
        "IdempotencyKey": header(
            KEY,
            "Makes a retry safe: for 24 hours the same key gives the same answer.",
            required=True,
            minLength=1,
            maxLength=255,
        ),
        "IfMatch": header(
            "If-Match",
            "The ETag that was read: changed since, it is a 412.",
            pattern=TAGS,
            examples=['"33a64df551425fcc"'],
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "The ETag that was read: unchanged, it is a 304.",
            pattern=TAGS,
            examples=['"33a64df551425fcc"'],
        ),
        "ByteOrderMark": {
            "name": MARK,
            "in": "query",
            "required": False,
            "description": "Begin CSV with a byte order mark, for spreadsheets that need one.",
            "schema": {"type": "boolean"},
        },
    }


def _headers() -> dict[str, Any]:
    texts = {
        "Request-Id": "Names this request; it is in the server's log.",
        "ETag": "Names what this caller was shown.",
        "Idempotent-Replayed": "true, where the answer is that of an earlier call.",
    }
    numbers = {
        "X-RateLimit-Limit": "How many requests the longer window allows.",
        "X-RateLimit-Remaining": "How many of them are left.",
        "X-RateLimit-Reset": "When that window ends, in seconds since 1970.",
    }
    return {
        **{
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in texts.items()
        },
        **{
            name: {"description": text, "schema": {"type": "integer"}}
            for name, text in numbers.items()
        },
    }


def _problem_response() -> Schema:
    return {
        "description": "The call was refused, and nothing of it was stored.",
        "headers": {"Request-Id": {"$ref": HEADERS + "Request-Id"}},
        "content": {"application/problem+json": {"schema": {"$ref": COMPONENTS + "Problem"}}},
    }


def _not_modified() -> Schema:
    return {
        "description": "Unchanged since it was read.",
        "headers": {"ETag": {"$ref": HEADERS + "ETag"}},
    }
