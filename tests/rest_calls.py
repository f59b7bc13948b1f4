"""The REST API of a running house, without a network: the application itself, called by httpx2."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from hoursmith_mcp.adapters.application import build_application
from hoursmith_mcp.runtime import Runtime

HOST = "127.0.0.1:8484"


@asynccontextmanager
async def rest_client(
    runtime: Runtime, token: str = "", **more: Any
) -> AsyncGenerator[httpx2.AsyncClient]:
    """Call a house over REST from this machine; addresses are relative to `/api/v1/`."""
    application = build_application(runtime, host="127.0.0.1", port=8484)
    transport = httpx2.ASGITransport(app=application, client=("127.0.0.1", 1))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(
        transport=transport, base_url=f"http://{HOST}/api/v1/", headers=headers, **more
    ) as client:
        yield client


def key(text: str) -> dict[str, str]:
    """Return the header of a key."""
    return {"Idempotency-Key": text}


def refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Return a problem document, after a look at whether it is whole and true to the headers."""
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "requestId", "error"} <= problem.keys()
    assert problem["status"] == status
    assert problem["type"].startswith("/api/problems/")
    assert problem["requestId"] == answer.headers["request-id"]
    assert problem["error"]["code"] == code
    assert problem["error"]["message"] == problem["detail"]
    return problem
