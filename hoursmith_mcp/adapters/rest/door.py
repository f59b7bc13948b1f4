"""The REST door: a request becomes one call of an operation, and its answer a response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from hoursmith_mcp.access.actor import REST, Caller
from hoursmith_mcp.access.authentication import permit
from hoursmith_mcp.adapters.bearer import CALLER, has_token
from hoursmith_mcp.adapters.challenges import refusal_headers
from hoursmith_mcp.adapters.requests import request_id
from hoursmith_mcp.adapters.rest.answers import JSON, envelope, page_limit
from hoursmith_mcp.adapters.rest.arguments import from_body, from_query, no_query
from hoursmith_mcp.adapters.rest.bodies import body_of, no_body
from hoursmith_mcp.adapters.rest.etags import etag, read_tags
from hoursmith_mcp.adapters.rest.keys import key_of
from hoursmith_mcp.adapters.rest.paths import BASE_PATH, METHODS_WITH_BODY, READ
from hoursmith_mcp.adapters.rest.pictures import POLICY, is_drawn, picture_wanted
from hoursmith_mcp.adapters.rest.problems import Problem, answer
from hoursmith_mcp.adapters.rest.refusals import problem_of_call
from hoursmith_mcp.adapters.rest.routing import Paths, Route
from hoursmith_mcp.adapters.rest.streaming import (
    BY_ACCEPT,
    BrokenOff,
    Stream,
    form_wanted,
    headers_of,
    is_marked,
    without_mark,
)
from hoursmith_mcp.adapters.rest.ways_out import ways_out
from hoursmith_mcp.errors import HoursmithError, InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.tables.lists import is_whole_list, listed_field, row_form
from hoursmith_mcp.unit import Answer, Expected

Sent = bytes | dict[str, Any]
"""A query as it came, or the object in a body."""


class RestDoor:
    """Everything below the base path; it stands behind the gate."""

    def __init__(self, runtime: Runtime, metadata_url: str | None = None) -> None:
        """Take the runtime that all doors share, and where an authorization server is named."""
        self._runtime = runtime
        self._metadata_url = metadata_url
        self._paths = Paths(runtime.catalogue)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is refused is a problem document."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Problem as problem:
            response = _refused(problem, request)
        except ClientDisconnect:
            return
        try:
            await response(scope, receive, send)
        except (BrokenOff, ClientDisconnect):
            # An answer that is not ended is cut off by the server, which the client notices.
            return

    def shown_path(self, scope: Scope) -> str | None:
        """Return what of a path may be written down: its route, and ids; None without a route."""
        if not scope["path"].startswith(f"{BASE_PATH}/"):
            return None
        path = self._paths.without_words(_path(scope))
        return BASE_PATH + path if path is not None else None

    async def _answer(self, request: Request) -> Response:
        try:
            route = self._paths.find(request.method, _path(request.scope))
        except Problem as problem:
            if request.method == "OPTIONS" and problem.status == 405:
                return Response(status_code=204, headers=dict(problem.headers))
            raise
        try:
            return await self._call(request, route)
        except HoursmithError as error:
            refusal = problem_of_call(error, route.operation)
            operations = self._runtime.catalogue.operations
            refusal.operations = ways_out(error.message, operations, refused=route.operation)
            headers = refusal_headers(
                error, has_token=has_token(request.scope), metadata_url=self._metadata_url
            )
            refusal.headers = {**refusal.headers, **headers}
            raise refusal from error

    async def _call(self, request: Request, route: Route) -> Response:
        one = route.operation
        caller = _caller(request)
        sent, said = await _sent(request), list[bytes]()
        if isinstance(sent, bytes) and is_whole_list(one):
            sent, said = without_mark(sent)
        try:
            given = _given(one, route, sent)
            if is_whole_list(one):
                form = form_wanted(_one_header(request, "Accept"), drawn=is_drawn(one))
                marked = is_marked(said)
                if form not in (JSON, PICTURE):
                    return await self._stream(request, route, caller, given, form, marked=marked)
            given = {**one.rest_defaults, **given}
            key = key_of(request, one)
            answer = await self._runtime.invoke(
                one, caller, given, key=key, expected=_expected(request, route)
            )
        except (Problem, InvalidInput):
            await self._refuse_first(caller, route, sent)
            raise
        if request.method in (READ, "HEAD"):
            picture = picture_wanted(one, _one_header(request, "Accept"), answer.data)
            if picture is not None:
                return _tagged(request, picture, PICTURE, {**BY_ACCEPT, **POLICY})
        body = envelope(one.result, answer.data, page_limit(one, given))
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        if request.method in (READ, "HEAD"):
            return _read(request, body, one)
        return self._done(route, answer, body, headers)

    async def _stream(
        self,
        request: Request,
        route: Route,
        caller: Caller,
        given: dict[str, Any],
        form: str,
        *,
        marked: bool,
    ) -> Response:
        """Begin to send a list as a whole; what is wrong before its first row is told as usual."""
        one = route.operation

        async def read(given: dict[str, Any]) -> dict[str, Any]:
            return (await self._runtime.invoke(one, caller, given)).data

        actor = await self._runtime.identify(caller)
        form_of = partial(row_form, form, one, blind=actor.blind, marked=marked)
        rows, body = await Stream(one, given, read, form_of, request_id(request.scope)).begun()
        if request.method == "HEAD":
            await body.aclose()
        return StreamingResponse(body, headers=headers_of(rows), media_type=rows.media_type)

    async def _refuse_first(self, caller: Caller, route: Route, sent: Sent) -> None:
        """Refuse who may not call this at all; to others name only what is there for them.

        What the gate remembers may be older than the call, so it is asked anew who that is.
        """
        actor = await self._runtime.identify(caller)
        permit(actor, route.operation)
        if actor.blind:
            _given(route.operation.seen(blind=True), route, sent)

    def _done(self, route: Route, answer: Answer, body: bytes, headers: dict[str, str]) -> Response:
        one = route.operation
        if not one.creates:
            return _json(body, 200, headers)
        row_id = answer.data.get("id")
        path = self._paths.location(one, row_id) if isinstance(row_id, str) else None
        return _json(body, 201, headers | ({"Location": BASE_PATH + path} if path else {}))


def _path(scope: Scope) -> bytes:
    """Return the path below the base path, as it came: a slash in a name has a percent sign."""
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw_path.removeprefix(BASE_PATH.encode())


async def _sent(request: Request) -> Sent:
    """Return what was sent: an object in the body, or else the query; raises Problem."""
    query: bytes = request.scope.get("query_string", b"")
    if request.method in METHODS_WITH_BODY:
        no_query(query)
        return await body_of(request)
    await no_body(request)
    return query


def _given(one: Operation, route: Route, sent: Sent) -> dict[str, Any]:
    """Return what was given; raises Problem with every mistake, where a name is not known."""
    if isinstance(sent, bytes):
        found, mistakes = from_query(one, sent, route.variables)
    else:
        found, mistakes = from_body(one, sent, route.variables)
    given = {**found, **route.variables}
    if mistakes:
        raise mistakes.problem(_unreadable(one, {**one.rest_defaults, **given}))
    return given


def _unreadable(one: Operation, given: Mapping[str, Any]) -> Problem | None:
    """Return what is wrong with arguments of names that are known, if anything is."""
    try:
        one.arguments.read(given)
    except InvalidInput as error:
        return problem_of_call(error, one)
    return None


def _caller(request: Request) -> Caller:
    caller: Caller = request.scope[CALLER]
    client = request.headers.get("user-agent", "").partition(" ")[0]
    return replace(caller, door=REST, client=client, run=request.headers.get("x-run-id", ""))


def _expected(request: Request, route: Route) -> Expected | None:
    """Return what the caller says that they last saw, where a change is to rest on it."""
    text = _one_header(request, "If-Match")
    if text is None or route.operation.read_only:
        return None
    tags, reads = read_tags(text, "If-Match"), route.reads
    if reads is None or listed_field(reads.result) is not None:
        raise Problem(
            412,
            "conflict",
            "What this call changes has no entity tag: leave If-Match out.",
            kind="precondition_failed",
        )
    return Expected(
        reads, route.variables, lambda data: tags.hold(etag(envelope(reads.result, data, None)))
    )


def _read(request: Request, body: bytes, one: Operation) -> Response:
    if listed_field(one.result) is not None:
        return _json(body, 200, BY_ACCEPT if is_whole_list(one) else {})
    several = is_drawn(one) or is_whole_list(one)
    return _tagged(request, body, JSON, BY_ACCEPT if several else {})


def _tagged(request: Request, body: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Answer with what is read, unless the client has the very same already."""
    tagged = {**headers, "ETag": etag(body)}
    text = _one_header(request, "If-None-Match")
    if text is not None and read_tags(text, "If-None-Match").know(tagged["ETag"]):
        return Response(status_code=304, headers=tagged)
    return Response(body, status_code=200, media_type=media_type, headers=tagged)


def _one_header(request: Request, name: str) -> str | None:
    """Return a header that may come in several lines, as one."""
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None


def _json(body: bytes, status: int, headers: Mapping[str, str]) -> Response:
    return Response(body, status_code=status, media_type=JSON, headers=dict(headers))


def _refused(problem: Problem, request: Request) -> Response:
    return answer(problem, request_id(request.scope))
