"""What a load balancer asks: whether the process lives, and whether it can serve."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hoursmith_mcp.adapters.requests import request_id
from hoursmith_mcp.adapters.rest.problems import answer, problem_of
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.runtime import Runtime

UNCACHED = {"Cache-Control": "no-store"}


def health_routes(runtime: Runtime) -> list[Route]:
    """Return `/healthz`, which asks nothing of the database, and `/readyz`, which does."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"status": "alive"}, headers=UNCACHED)

    async def ready(request: Request) -> Response:
        try:
            await runtime.check()
        except HoursmithError as error:
            return answer(problem_of(error), request_id(request.scope))
        return JSONResponse({"status": "ready"}, headers=UNCACHED)

    return [Route("/healthz", alive), Route("/readyz", ready)]
