"""The REST door, as the tests of all doors see it: our own names, and no envelope."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.bearer import CALLER
from hoursmith_mcp.adapters.rest.door import RestDoor
from hoursmith_mcp.adapters.rest.names import (
    argument_fields,
    nested_models,
    path_variables,
    rest_names,
)
from hoursmith_mcp.adapters.rest.paths import BASE_PATH
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.json_values import is_array, is_object
from hoursmith_mcp.tables.lists import listed_field


@dataclass(frozen=True)
class OverRest:
    """The API of a house; what it refuses is raised as the given error."""

    runtime: Runtime
    client: httpx2.AsyncClient
    refusal: type[Exception]
    name: str = "rest"
    _keys: count[int] = field(default_factory=count)

    async def call(self, operation: str, /, *, key: str | None = None, **given: Any) -> Any:
        """Call an operation and return its data."""
        one = self.runtime.catalogue.operations.get(operation)
        if one is None or one.rest is None:
            pytest.skip(f"{operation} is not over REST")
        if one.asks is not None or "confirm" in given:
            pytest.skip(f"{operation} asks nothing over REST")
        if key is None and "allow_duplicate" in one.arguments.names:
            # Every POST has a key there, and it decides alone what is a repeat.
            given.setdefault("allow_duplicate", True)
        method, path = one.rest.split(" ")
        for name in path_variables(path):
            value = given.pop(name, None)
            if not isinstance(value, str) or not value:
                pytest.skip("a path cannot hold that")
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        arguments = outward(one.arguments.model, given)
        sent: dict[str, Any] = {}
        if method in ("POST", "PATCH"):
            sent["json"] = arguments
        else:
            sent["params"] = _query(one, arguments)
        if method == "POST":
            sent["headers"] = {"Idempotency-Key": key or f"key {next(self._keys)}"}
        answer = await self.client.request(method, path.removeprefix("/"), **sent)
        body = answer.json()
        if answer.status_code >= 400:
            raise self.refusal(_in_our_words(one.arguments.model, body["error"]))
        data = _inward(body["data"])
        listed = listed_field(one.result)
        if listed is None:
            return data
        cursor = body["pagination"]["nextCursor"]
        page = {listed: data, **_inward(body.get("meta", {}))}
        return page | ({"next_cursor": cursor} if cursor is not None else {})


@asynccontextmanager
async def open_rest_door(
    runtime: Runtime, caller: Caller, refusal: type[Exception]
) -> AsyncGenerator[OverRest]:
    """Open the door for one caller; the gate is left out, as the caller is known."""
    behind = RestDoor(runtime)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope[CALLER] = caller
        await behind(scope, receive, send)

    transport = httpx2.ASGITransport(app=application)
    base_url = f"http://127.0.0.1{BASE_PATH}/"
    async with httpx2.AsyncClient(transport=transport, base_url=base_url) as client:
        yield OverRest(runtime, client, refusal)


def outward(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments under their names over REST; names that are not known stay."""
    names, fields = rest_names(model), argument_fields(model)
    found: dict[str, Any] = {}
    for name, value in given.items():
        outer = names.get(name, name)
        inner = fields[outer].model if outer in fields else None
        if inner is not None and is_array(value):
            value = [outward(inner, one) if is_object(one) else one for one in value]
        found[outer] = value
    return found


def _in_our_words(model: type[BaseModel], error: dict[str, Any]) -> dict[str, Any]:
    """Name arguments in a refusal as the other doors do; that REST has its own is tested there."""
    text = json.dumps(error)
    for one in nested_models(model):
        for ours, theirs in rest_names(one).items():
            text = re.sub(rf"\b{theirs}\b", ours, text)
    found: dict[str, Any] = _inward(json.loads(text))
    return found


def _query(one: Operation, arguments: Mapping[str, Any]) -> dict[str, str]:
    fields, properties = argument_fields(one.arguments.model), one.arguments.schema["properties"]
    for name, value in arguments.items():
        kind = properties[fields[name].name].get("type") if name in fields else None
        if value == [] or (kind == "integer" and isinstance(value, str)):
            pytest.skip("a query is text: it has no empty list, and no number that is none")
    return {name: query_text(value) for name, value in arguments.items() if value is not None}


def query_text(value: Any) -> str:
    """Return a value as it stands in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if is_array(value) else str(value)


def _inward(value: Any) -> Any:
    if is_object(value):
        return {re.sub("[A-Z]", _lowered, name): _inward(inner) for name, inner in value.items()}
    return [_inward(inner) for inner in value] if is_array(value) else value


def _lowered(found: re.Match[str]) -> str:
    return "_" + found[0].lower()
