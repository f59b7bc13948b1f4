"""All that a member may send over REST, right and wrong: requests drawn from the catalogue."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from actions import AGAIN, WAIT, calls, several
from api import NEW_KEY, OWN_TAG, OWNERS_TAG, Pairs, Request
from choices import Ids
from hypothesis import strategies as st
from looking import Action
from rest_door import outward, query_text

from hoursmith_mcp.adapters.rest.names import path_variables, rest_name
from hoursmith_mcp.adapters.rest.paths import METHODS_WITH_BODY
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.operation import Operation

JSON = ("Content-Type", "application/json")
CONDITIONS: tuple[Pairs, ...] = (
    *(((name, tag),) for name in ("If-None-Match", "If-Match") for tag in (OWN_TAG, OWNERS_TAG)),
    (("If-Match", OWNERS_TAG),),
    (("If-None-Match", f"W/{OWNERS_TAG}"),),
    (("If-Match", f'"x", {OWNERS_TAG}'),),
    (("If-Match", "*"),),
    (("If-None-Match", "*"),),
    (("If-Match", "rubbish"),),
    (("If-Modified-Since", "Fri, 20 Nov 2026 09:30:00 GMT"),),
    (("Accept", "text/csv"),),
    (("Accept", "application/x-ndjson"),),
    (("Accept", "text/html"),),
    (("Range", "bytes=0-99"),),
    (("Prefer", "count=exact"),),
    (("X-Run-Id", "a run"),),
    (("Origin", "https://elsewhere.example"),),
)
ADDRESSES = (
    "/api/openapi.json",
    "/api/docs",
    "/nowhere",
    "/projects/Website/nowhere",
    "//projects",
)
LEAVES = "leave_organization"


def sequences_over_rest(catalogue: Catalogue, ids: Ids) -> st.SearchStrategy[list[Action]]:
    """Draw a few requests that a member sends one after another."""
    # Who has left can look at nothing more.
    over_rest = {
        one.name: one
        for one in catalogue.operations.values()
        if one.rest is not None and one.name != LEAVES
    }

    def request_of_call(call: Action) -> Request:
        return request_of(over_rest[call.name], call.given, call.key)

    drawn = st.one_of(*calls(list(over_rest.values()), ids), AGAIN).map(request_of_call)
    sent = st.one_of(drawn, drawn, drawn, _conditional(drawn), _odd(drawn), _elsewhere())
    return several(st.one_of(*[sent.map(sending)] * 12, WAIT))


def sending(request: Request) -> Action:
    """Return the action of sending a request."""
    return Action("send", given=request)


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


def _conditional(drawn: st.SearchStrategy[Request]) -> st.SearchStrategy[Request]:
    """Add headers that make the answer depend on what the client knows or likes."""

    def add(request: Request, headers: Pairs) -> Request:
        return replace(request, headers=(*request.headers, *headers))

    return st.builds(add, drawn, st.sampled_from(CONDITIONS))


@st.composite
def _odd(draw: st.DrawFn, drawn: st.SearchStrategy[Request]) -> Request:
    """Send something as nobody should."""
    request = draw(drawn)
    match draw(st.sampled_from(["method", "query", "body", "key", "type"])):
        case "method":
            method = draw(st.sampled_from(["HEAD", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]))
            return replace(request, method=method)
        case "query":
            twice = (*request.query, *request.query[-1:], ("hourlyRate", "1"))
            return replace(request, query=twice)
        case "body":
            body = draw(st.sampled_from(['{"a":1,"a":2}', "{", "[]", "", '{"hourlyRate": 1e999}']))
            return replace(request, body=body)
        case "key":
            kept = tuple(one for one in request.headers if one[0] != "Idempotency-Key")
            return replace(request, headers=kept)
        case _:
            return replace(request, headers=(("Content-Type", "text/plain"),))


def _elsewhere() -> st.SearchStrategy[Request]:
    methods = st.sampled_from(["GET", "HEAD", "OPTIONS", "POST"])
    return st.builds(Request, methods, st.sampled_from(ADDRESSES))
