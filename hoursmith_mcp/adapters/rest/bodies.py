"""Bodies: JSON, whole, and of a size that fits in memory many times over."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request

from hoursmith_mcp.adapters.requests import MOST_BODY_BYTES
from hoursmith_mcp.adapters.rest.json_body import read_json
from hoursmith_mcp.adapters.rest.problems import Problem, malformed

MOST_DISCARDED_BYTES = 16 * MOST_BODY_BYTES
"""So much of what is too large is taken in: who is answered while sending loses the answer."""

_JSON = re.compile(r'application/json(\s*;\s*charset\s*=\s*"?utf-?8"?)?\s*;?', re.IGNORECASE)


async def body_of(request: Request) -> dict[str, Any]:
    """Return the object in a request's body; nothing at all is an empty one.

    Raises Problem: 413 for too much, however it is sent, 415 for anything but JSON.
    """
    body = await _whole(request)
    kind = request.headers.get("content-type")
    if not body and kind is None:
        return {}
    if kind is None or not _JSON.fullmatch(kind.strip()):
        raise _unsupported("Send the body as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported("Send the body as it is, without a Content-Encoding.")
    return read_json(body) if body else {}


async def no_body(request: Request) -> None:
    """Raise Problem where a request that takes no body has one."""
    if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
        return
    if await _whole(request):
        raise malformed("This call takes no body: its arguments belong in the address.")


async def _whole(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    size = 0
    parts: list[bytes] = []
    # Who asks first has sent nothing yet.
    asks = request.headers.get("expect", "").lower() == "100-continue"
    most = MOST_BODY_BYTES if asks else MOST_DISCARDED_BYTES
    if announced.isdecimal() and int(announced[:20]) > most:
        raise _too_large()
    async for part in request.stream():
        size += len(part)
        if size > MOST_DISCARDED_BYTES:
            break
        if size <= MOST_BODY_BYTES:
            parts.append(part)
    if size > MOST_BODY_BYTES:
        raise _too_large()
    return b"".join(parts)


def _unsupported(detail: str) -> Problem:
    return Problem(415, "bad_request", detail, kind="unsupported_media_type")


def _too_large() -> Problem:
    return Problem(
        413,
        "bad_request",
        f"The body is larger than {MOST_BODY_BYTES} bytes.",
        kind="body_too_large",
        headers={"Connection": "close"},
    )
