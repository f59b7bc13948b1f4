"""The HTTP application: every HTTP door, in one process over one store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from hoursmith_mcp.adapters.bearer import BearerGate
from hoursmith_mcp.adapters.mcp.http import endpoint, session_manager
from hoursmith_mcp.runtime import Runtime


def build_application(runtime: Runtime, *, host: str, port: int) -> Starlette:
    """Return the ASGI application; it closes the runtime when it ends."""
    manager = session_manager(runtime, host, port)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncGenerator[None]:
        async with manager.run():
            yield
        await runtime.close()

    gate = BearerGate(endpoint(manager), runtime)
    return Starlette(routes=[Route("/mcp", endpoint=gate)], lifespan=life)
