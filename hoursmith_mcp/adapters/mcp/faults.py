"""What can go wrong on the way to another server, in words that say what to do."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx2

from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.errors import HoursmithError, Unauthenticated, Unavailable
from hoursmith_mcp.schemas.json_values import is_object

INTERNAL_ERROR = -32603
INVALID_REQUEST = -32600
VERSION = "io.modelcontextprotocol/protocolVersion"
MOST_WORDS = 300

NOTHING_DONE = "Nothing was done."
NOT_KNOWN = (
    "Whether it was done is not known: look, or ask again with the same words, as an equal call "
    "within two minutes is answered with the first."
)
AWAY = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
ELSEWHERE = (404, 405, 406, 410, 415)
MADE_WAY = (502, 503, 504)

Document = dict[str, Any]


def explain_fault(fault: Exception, url: str, *, otherwise: str = NOT_KNOWN) -> HoursmithError:
    """Say why a request did not get there, or its answer did not come back.

    `otherwise` says what has become of one that may have got there.
    """
    causes = list(_causes(fault))
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unavailable(
            f"The connection to {url} is not safe, so nothing was sent: {_tls(causes)}. Set the "
            "server's certificate right, or its address (HOURSMITH_URL)."
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unavailable(f"There is no server {url}: look at HOURSMITH_URL. {NOTHING_DONE}")
    if isinstance(fault, AWAY):
        return Unavailable(
            f"The server {url} cannot be reached. {NOTHING_DONE} It is asked anew with the next "
            "call; look whether it runs."
        )
    if isinstance(fault, httpx2.TimeoutException):
        return Unavailable(f"The server {url} did not answer in time. {otherwise}")
    return Unavailable(f"The server {url} went away before it had answered. {otherwise}")


def explain_answer(
    response: httpx2.Response, body: bytes, url: str, *, otherwise: str = NOT_KNOWN
) -> HoursmithError:
    """Say what an answer means that is none of the protocol; `otherwise` as for a fault."""
    said = _said(body)
    status = response.status_code
    if status in (401, 403) or (said is not None and said[0] == Unauthenticated.code):
        reason = f": {said[1]}" if said is not None else "."
        return Unauthenticated(
            f"The server {url} refuses the token{reason} Set HOURSMITH_TOKEN to one that "
            "`hoursmith-mcp token create` makes there."
        )
    if said is not None:
        return Unavailable(said[1])
    if response.is_redirect:
        target = response.headers.get("location", "")[:MOST_WORDS]
        return Unavailable(
            f"{url} sends on to {target!r}, where nothing was sent: if that is the server, set "
            "HOURSMITH_URL to it."
        )
    if status in MADE_WAY:
        return Unavailable(f"What stands before {url} cannot reach it ({status}). {otherwise}")
    if status < 400 or status in ELSEWHERE:
        return Unavailable(
            f"There is no MCP server at {url} (it answered {status}): look at HOURSMITH_URL."
        )
    return Unavailable(f"The server {url} failed ({status}). {otherwise}")


def answer_of(error: HoursmithError, request: Document) -> Document:
    """Make an error the answer of a request: a call's is a result, so that the model reads it."""
    document = error.document()
    if request.get("method") != "tools/call":
        code = INVALID_REQUEST if isinstance(error, Unauthenticated) else INTERNAL_ERROR
        told = {"code": code, "message": error.message, "data": {"error": document}}
        return {"jsonrpc": "2.0", "id": request["id"], "error": told}
    result = {
        "content": [{"type": "text", "text": error.message}],
        "structuredContent": document,
        "isError": True,
    }
    if isinstance(meta_of(request).get(VERSION), str):
        result = {**COMPLETE, **result}
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


def meta_of(message: Document) -> Document:
    """Return the `_meta` of a message, empty where there is none."""
    params = message.get("params")
    meta = params.get("_meta") if is_object(params) else None
    return meta if is_object(meta) else {}


def _said(body: bytes) -> tuple[str, str] | None:
    """Return the code and the message of an error of a server of ours."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return None
    error = document.get("error") if is_object(document) else None
    code, message = (error.get("code"), error.get("message")) if is_object(error) else (0, 0)
    if isinstance(code, str) and isinstance(message, str):
        return code, message[:MOST_WORDS]
    return None


def _causes(fault: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _tls(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate cannot be trusted ({cause.verify_message})"
    return "it does not speak TLS as it should"
