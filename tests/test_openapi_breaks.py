"""A program that was written for the last release runs with the next one.

The document of that release lies in `released/`. It is renewed when a version is released, with
`HOURSMITH_RELEASE=1 uv run pytest tests/test_openapi_breaks.py`, and at no other time.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_breaks import breaks

from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.catalogue import load

RELEASED = Path(__file__).parent / "released" / "openapi.json"
RELEASING = os.environ.get("HOURSMITH_RELEASE") == "1"
DOCUMENT: dict[str, Any] = json.loads(
    json.dumps(build_openapi(load(), server_url="https://hours.example"))
)


@pytest.fixture(scope="module")
def released() -> Any:
    """Return the document of the last release, renewed first where that is asked for."""
    if RELEASING:
        RELEASED.parent.mkdir(exist_ok=True)
        RELEASED.write_text(json.dumps(DOCUMENT, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return json.loads(RELEASED.read_text("utf-8"))


def test_nothing_breaks_what_was_written_for_the_last_release(released: Any) -> None:
    assert breaks(released, DOCUMENT) == []


# That the comparison sees what breaks, and lets pass what does not.

Change = Callable[[Any], object]


def of(document: Any, path: str, method: str) -> Any:
    return document["paths"][path][method]


def body(document: Any, path: str, method: str) -> Any:
    return of(document, path, method)["requestBody"]["content"]["application/json"]["schema"]


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def parameter(document: Any, path: str, name: str) -> Any:
    parameters = of(document, path, "get")["parameters"]
    return next(one for one in parameters if one.get("name") == name)


BREAKS: dict[str, Change] = {
    "GET /me is gone.": lambda new: new["paths"].pop("/me"),
    "DELETE /clients/{client} is gone.": lambda new: new["paths"]["/clients/{client}"].pop(
        "delete"
    ),
    "GET /me: operationId is whoami and was get_me.": lambda new: of(new, "/me", "get").update(
        operationId="whoami"
    ),
    "GET /clients: x-least-role is OWNER and was MANAGER.": lambda new: of(
        new, "/clients", "get"
    ).update({"x-least-role": "OWNER"}),
    "GET /clients: x-scope is money:read and was clients:read.": lambda new: of(
        new, "/clients", "get"
    ).update({"x-scope": "money:read"}),
    "POST /clients is no longer answered with 201.": lambda new: of(new, "/clients", "post")[
        "responses"
    ].pop("201"),
    "POST /clients no longer takes the parameter Idempotency-Key in header.": lambda new: of(
        new, "/clients", "post"
    ).update(parameters=[]),
    "GET /clients now requires the parameter search in query.": lambda new: parameter(
        new, "/clients", "search"
    ).update(required=True),
    "GET /clients, parameter limit in query: maximum is 100 and was 200.": lambda new: parameter(
        new, "/clients", "limit"
    )["schema"].update(maximum=100),
    "GET /clients, parameter limit in query is no longer taken as integer.": lambda new: parameter(
        new, "/clients", "limit"
    )["schema"].update(type="string"),
    "POST /clients, body now requires email.": lambda new: body(new, "/clients", "post")[
        "required"
    ].append("email"),
    "PATCH /organization now requires a body.": lambda new: of(new, "/organization", "patch")[
        "requestBody"
    ].update(required=True),
    "POST /clients, body.email is no longer taken.": lambda new: body(new, "/clients", "post")[
        "properties"
    ].pop("email"),
    "POST /clients, body.email is no longer taken as null.": lambda new: body(
        new, "/clients", "post"
    )["properties"]["email"].update(type="string"),
    "POST /clients, body.name: minLength is 3 and was open.": lambda new: body(
        new, "/clients", "post"
    )["properties"]["name"].update(minLength=3),
    "POST /clients, body.name: pattern is ^A and was open.": lambda new: body(
        new, "/clients", "post"
    )["properties"]["name"].update(pattern="^A"),
    "PATCH /organization, body.weekStart no longer takes 'sunday'.": lambda new: body(
        new, "/organization", "patch"
    )["properties"]["weekStart"]["enum"].remove("sunday"),
    "POST /time-entries/bulk, body.entries[] now requires note.": lambda new: schema(
        new, "WorkedTime"
    ).update(required=["note"]),
    "GET /clients/{client}, 200, answer.data.name is gone.": lambda new: schema(new, "ClientOut")[
        "properties"
    ].pop("name"),
    "GET /clients/{client}, 200, answer.data.name may now be missing.": lambda new: schema(
        new, "ClientOut"
    )["required"].remove("name"),
    "GET /clients/{client}, 200, answer.data.name may now be null.": lambda new: schema(
        new, "ClientOut"
    )["properties"]["name"].update(type=["string", "null"]),
    "GET /clients/{client}, 200, answer.data.name is now hidden from some.": lambda new: schema(
        new, "ClientOut"
    )["properties"]["name"].update({"x-hidden-from": ["MEMBER"]}),
    "GET /clients, 200, answer.data[].name is gone.": lambda new: schema(new, "ClientOut")[
        "properties"
    ].pop("name"),
    "GET /me, 200: the header ETag is gone.": lambda new: of(new, "/me", "get")["responses"]["200"][
        "headers"
    ].pop("ETag"),
}
ADDITIONS: dict[str, Change] = {
    "an operation": lambda new: new["paths"].update({"/more": new["paths"]["/me"]}),
    "a field of an answer": lambda new: schema(new, "ClientOut")["properties"].update(more={}),
    "a field that is always there": lambda new: schema(new, "ClientOut")["required"].append(
        "email"
    ),
    "an argument": lambda new: body(new, "/clients", "post")["properties"].update(more={}),
    "another type that is taken": lambda new: body(new, "/clients", "post")["properties"][
        "email"
    ].update(type=["string", "null", "array"]),
    "a wider bound": lambda new: parameter(new, "/clients", "limit")["schema"].update(maximum=999),
    "one required argument less": lambda new: body(new, "/clients", "post").pop("required"),
    "another refusal": lambda new: of(new, "/me", "get")["responses"].update({"418": {}}),
    "another choice in an answer": lambda new: schema(new, "Error")["properties"]["code"][
        "enum"
    ].append("teapot"),
    "other words": lambda new: of(new, "/me", "get").update(summary="Who", description="Who."),
}


@pytest.mark.parametrize(("sentence", "change"), BREAKS.items(), ids=BREAKS)
def test_what_breaks_is_said(sentence: str, change: Change) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)
    assert sentence in breaks(DOCUMENT, new)


@pytest.mark.parametrize("change", ADDITIONS.values(), ids=ADDITIONS)
def test_what_is_added_breaks_nothing(change: Change) -> None:
    new = copy.deepcopy(DOCUMENT)
    change(new)
    assert new != DOCUMENT
    assert breaks(DOCUMENT, new) == []
