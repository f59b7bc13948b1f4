"""What a transport knows of a request."""

from __future__ import annotations

from typing import Any

from mcp.server.context import ServerRequestContext

from hoursmith_mcp.schemas.json_values import is_object

Context = ServerRequestContext[Any, Any]


def client_name(context: Context) -> str:
    """Return what the client calls itself, and its version."""
    params = context.session.client_params
    if params is None:
        return ""
    return f"{params.client_info.name} {params.client_info.version}"


def run_name(context: Context) -> str:
    """Return the run that the client says a request belongs to; none is invented."""
    run = meta_of(context).get("hoursmith/run")
    return run if isinstance(run, str) else ""


def meta_of(context: Context) -> dict[str, Any]:
    """Return what came along beside the parameters of a request."""
    meta = (context.params or {}).get("_meta")
    return meta if is_object(meta) else {}
