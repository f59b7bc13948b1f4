"""What a member can send over REST, and all the bytes that come back of it, headers included."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from houses import Clock, Refused
from rest_door import open_rest_door, outward, query_text

from hoursmith_mcp import unit
from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters import application
from hoursmith_mcp.adapters.rest.names import path_variables, rest_name
from hoursmith_mcp.adapters.rest.paths import METHODS_WITH_BODY
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.json_values import is_object

NEXT = "the cursor of the last answer that had one"
OWN_TAG = "the entity tag of the last answer that had one"
WHOLE_TAGS = '"tags", "of all", "that the first house has at this address"'
NEW_KEY = "a key that was not used before"
ORIGIN = "http://127.0.0.1:8484"
BASE = f"{ORIGIN}/api/v1"
JSON = ("Content-Type", "application/json")
LEAVES = "leave_organization"
"""Over REST it is done at once, and who has left can look at nothing more."""

MASKED = re.compile(r"req_[0-9a-f]{24}")
"""Ids of requests: the only thing that is made by chance and of no use to anybody."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """A request, right or wrong; an address that begins with /api is taken as it is."""

    method: str
    path: str
    query: Pairs = ()
    body: str | None = None
    headers: Pairs = ()


@dataclass
class Api:
    """The whole HTTP application of a house, as a member calls it."""

    member: httpx2.AsyncClient
    bare: httpx2.AsyncClient
    """The same without the gate and limits, so that nothing is counted."""
    cursor: str = "none yet"
    tag: str = '"none yet"'
    used_keys: int = 0

    async def resolved(self, request: Request) -> Request:
        """Put in the tags that a careless program would make here of what it has for the member.

        Nobody is given those; but what they are made of might be guessed.
        """
        if not any(WHOLE_TAGS in text for _, text in request.headers):
            return request
        found = [await self._tag_without(request, name) for name in ("_shown", "without_money")]
        return replace(request, headers=_with(request.headers, WHOLE_TAGS, ", ".join(found)))

    async def _tag_without(self, request: Request, name: str) -> str:
        """Return the tag of what is there when one of the steps is left out that hide of it."""

        def as_it_is(*given: Any) -> Any:
            return next(one for one in given if is_object(one))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(unit.Unit if name.startswith("_") else unit, name, as_it_is)
            return _tag(await self.bare.get(request.path.removeprefix("/")), '"none"')

    async def ask(self, request: Request) -> str:
        """Send a request, and return the whole answer but for its id."""
        self.used_keys += 1
        headers = _with(request.headers, NEW_KEY, f"key {self.used_keys}")
        answer = await self.member.request(
            request.method,
            self._address(request),
            headers=dict(_with(headers, OWN_TAG, self.tag)),
            content=request.body.encode() if request.body is not None else None,
        )
        self.tag = _tag(answer, self.tag)
        self._note(answer)
        lines = sorted(f"{name}: {value}" for name, value in answer.headers.multi_items())
        body = answer.content.decode("utf-8", "backslashreplace")
        return MASKED.sub("req_…", "\n".join([str(answer.status_code), *lines, "", body]))

    def _address(self, request: Request) -> str:
        origin = ORIGIN if request.path.startswith("/api") else BASE
        pairs = [
            f"{quote(name, safe='')}={quote(self.cursor if text == NEXT else text, safe='')}"
            for name, text in request.query
        ]
        return f"{origin}{request.path}" + ("?" + "&".join(pairs) if pairs else "")

    def _note(self, answer: httpx2.Response) -> None:
        if answer.headers.get("content-type") != "application/json" or not answer.content:
            return
        body: Any = answer.json()
        pagination = body.get("pagination") if is_object(body) else None
        if is_object(pagination):
            self.cursor = pagination.get("nextCursor") or self.cursor


def request_of(one: Operation, given: dict[str, Any], key: str | None = None) -> Request:
    """Return the request that calls an operation; without a key, one that is new comes along."""
    method, path = (one.rest or "").split(" ")
    in_path = path_variables(path)
    for name in in_path:
        path = path.replace(f"{{{name}}}", quote(str(given.get(name) or "x"), safe=""))
    rest = {name: value for name, value in given.items() if name not in in_path}
    sent = {rest_name(name): value for name, value in outward(one.arguments.model, rest).items()}
    keyed: Pairs = (("Idempotency-Key", key or NEW_KEY),) if method == "POST" else ()
    if method in METHODS_WITH_BODY:
        return Request(method, path, body=json.dumps(sent), headers=(JSON, *keyed))
    query = tuple((name, query_text(value)) for name, value in sent.items())
    return Request(method, path, query)


@asynccontextmanager
async def open_api(runtime: Runtime, member: Caller, clock: Clock) -> AsyncGenerator[Api]:
    """Open the application to a member: with its gate, its limits and its headers."""
    async with AsyncExitStack() as stack:
        behind = await stack.enter_async_context(open_rest_door(runtime, member, Refused))
        with pytest.MonkeyPatch.context() as patch:
            # Windows of limits begin and end by the clock of the house, so that both agree.
            patch.setattr(application, "time", _time_of(clock))
            served = application.build_application(runtime, host="127.0.0.1", port=8484)
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=served, client=("127.0.0.1", 1)),
            headers={"Authorization": f"Bearer {member.token}"},
        )
        yield Api(await stack.enter_async_context(client), behind.client)


def _time_of(clock: Clock) -> Any:
    def seconds() -> float:
        return clock() / 1_000_000

    return SimpleNamespace(monotonic=seconds, time=seconds)


def _tag(answer: httpx2.Response, otherwise: str) -> str:
    return str(answer.headers.get("etag", otherwise))


def _with(headers: Pairs, placeholder: str, value: str) -> Pairs:
    return tuple((name, text.replace(placeholder, value)) for name, text in headers)
