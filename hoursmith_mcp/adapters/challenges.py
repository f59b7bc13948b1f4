"""What HTTP says beside a refusal: how to do better (RFC 6750, RFC 9728), and when."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from hoursmith_mcp.access.grants import NO_ADMINISTRATION, scopes_text
from hoursmith_mcp.errors import (
    Forbidden,
    HoursmithError,
    RateLimited,
    Unauthenticated,
    Unavailable,
)

RETRY_SECONDS = 5
"""How long a client had better wait where the database is away."""


def refusal_headers(
    error: HoursmithError, *, has_token: bool, metadata_url: str | None = None
) -> dict[str, str]:
    """Return the headers that belong to a refusal, whichever HTTP door it is said at.

    Who sent no token is told no more than that one is needed. `metadata_url` is where a client
    learns which authorization server makes tokens for this house, if one does.
    """
    if isinstance(error, RateLimited):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_SECONDS)}
    parts = {"realm": "hoursmith"}
    if isinstance(error, Unauthenticated):
        if has_token:
            parts |= {"error": "invalid_token", "error_description": error.message}
        parts["scope"] = scopes_text(NO_ADMINISTRATION)
    elif isinstance(error, Forbidden) and error.scope is not None:
        parts |= {
            "error": "insufficient_scope",
            "error_description": error.message,
            "scope": error.scope,
        }
    else:
        return {}
    if metadata_url is not None:
        parts["resource_metadata"] = metadata_url
    return {"WWW-Authenticate": _challenge(parts)}


def refusal_response(error: HoursmithError, headers: Mapping[str, str]) -> JSONResponse:
    """Return a refusal as the `error` object, with its headers."""
    return JSONResponse(
        {"error": error.document()}, status_code=error.status, headers=dict(headers)
    )


def _challenge(parts: Mapping[str, str]) -> str:
    return "Bearer " + ", ".join(f'{name}="{_quotable(text)}"' for name, text in parts.items())


def _quotable(text: str) -> str:
    """Return what of a text may stand in a quoted part: ASCII without quotes and backslashes."""
    plain = text.replace("…", "...").replace('"', "'").replace("\\", "/")
    return "".join(one for one in plain if " " <= one <= "~")
