"""The HTTP application: every HTTP door, in one process over one store."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Scope

from hoursmith_mcp.adapters.bearer import BearerGate, refuse_plainly
from hoursmith_mcp.adapters.guessing import Guesses
from hoursmith_mcp.adapters.health import health_routes
from hoursmith_mcp.adapters.hosts import Guarded, allowed
from hoursmith_mcp.adapters.limited import Limited, limited_refusals
from hoursmith_mcp.adapters.mcp.http import StepUp, endpoint, session_manager
from hoursmith_mcp.adapters.remembering import Remembering
from hoursmith_mcp.adapters.requests import Requests, request_id
from hoursmith_mcp.adapters.rest.documentation import documentation_routes
from hoursmith_mcp.adapters.rest.door import RestDoor
from hoursmith_mcp.adapters.rest.headers import Uncached
from hoursmith_mcp.adapters.rest.paths import BASE_PATH
from hoursmith_mcp.adapters.rest.problems import Problem, answer
from hoursmith_mcp.adapters.rest.refusals import refuse_caller
from hoursmith_mcp.adapters.shared_limits import limits_of
from hoursmith_mcp.runtime import Runtime


def build_application(runtime: Runtime, *, host: str, port: int) -> ASGIApp:
    """Return the ASGI application; whoever opened the runtime closes it after that has ended."""
    names = allowed(host, port, runtime.settings.public_url)
    manager = session_manager(runtime, names)
    limits = limits_of(runtime)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None]:
        async with manager.run():
            yield
        await limits.close()

    routes: list[BaseRoute] = []
    authority = None
    metadata_url = None
    mcp: ASGIApp = endpoint(manager)
    if runtime.settings.auth_issuer:
        # Loaded where it is used only: it brings cryptography along.
        from hoursmith_mcp.adapters.authority import authority_of

        authority = authority_of(runtime.settings, host, port, runtime.clock)
        routes += authority.routes()
        metadata_url = authority.metadata_url
        mcp = StepUp(mcp, runtime, metadata_url)
    guesses = Guesses(runtime.clock)
    gate = BearerGate(
        Limited(mcp, limits),
        runtime,
        guesses,
        authority,
        refuse=limited_refusals(refuse_plainly, limits),
    )
    door = RestDoor(runtime, metadata_url)
    rest = BearerGate(
        Limited(door, limits),
        runtime,
        guesses,
        authority,
        identify=Remembering(runtime.identify, time.monotonic),
        refuse=limited_refusals(refuse_caller, limits),
    )
    routes += [
        Route("/mcp", endpoint=gate),
        Mount(BASE_PATH, Uncached(Guarded(rest, names))),
        *documentation_routes(runtime.catalogue, runtime.settings.public_url),
        *health_routes(runtime),
    ]
    application = Starlette(routes=routes, lifespan=life, exception_handlers=_ANSWERS)
    application.router.redirect_slashes = False
    plain_paths = {route.path for route in routes if isinstance(route, Route)}

    def shown_path(scope: Scope) -> str | None:
        return scope["path"] if scope["path"] in plain_paths else door.shown_path(scope)

    return Requests(application, shown_path)


async def _not_found(request: Request, _: Exception) -> Response:
    detail = "There is nothing at this address."
    return answer(Problem(404, "not_found", detail), request_id(request.scope))


async def _not_allowed(request: Request, error: Exception) -> Response:
    headers: dict[str, str] = getattr(error, "headers", None) or {}
    detail = "This address does not take that method; the header Allow names those it takes."
    problem = Problem(405, "bad_request", detail, kind="method_not_allowed", headers=headers)
    return answer(problem, request_id(request.scope))


async def _fault(request: Request, _: Exception) -> Response:
    own = request_id(request.scope)
    detail = f"That failed through a fault of ours. Its id in the log is {own}."
    return answer(Problem(500, "internal", detail), own)


_ANSWERS = {404: _not_found, 405: _not_allowed, 500: _fault}
