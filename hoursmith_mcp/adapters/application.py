"""The HTTP application: every HTTP door, in one process over one store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from hoursmith_mcp.adapters.bearer import BearerGate
from hoursmith_mcp.adapters.guessing import Guesses
from hoursmith_mcp.adapters.mcp.http import StepUp, endpoint, session_manager
from hoursmith_mcp.runtime import Runtime


def build_application(runtime: Runtime, *, host: str, port: int) -> Starlette:
    """Return the ASGI application; it closes the runtime when it ends."""
    manager = session_manager(runtime, host, port)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None]:
        async with manager.run():
            yield
        await runtime.close()

    routes: list[BaseRoute] = []
    authority = None
    mcp: ASGIApp = endpoint(manager)
    if runtime.settings.auth_issuer:
        # Loaded where it is used only: it brings cryptography along.
        from hoursmith_mcp.adapters.authority import authority_of

        authority = authority_of(runtime.settings, host, port, runtime.clock)
        routes += authority.routes()
        mcp = StepUp(mcp, runtime, authority.metadata_url)
    gate = BearerGate(mcp, runtime, Guesses(runtime.clock), authority)
    return Starlette(routes=[Route("/mcp", endpoint=gate), *routes], lifespan=life)
