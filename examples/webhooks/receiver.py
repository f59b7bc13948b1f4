"""Receive webhooks: verify who sent them, handle each once, and answer.

    HOURSMITH_WEBHOOK_SECRET=whsec_… uv run --no-dev python examples/webhooks/receiver.py 8080

The secret is in the answer of create_webhook, once. Every message is signed in two ways, and one of
them would do; here both must be good. Whatever is answered but 2xx is sent again later.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

TOLERANCE_SECONDS = 300
MOST_DIGITS = 12  # Python reads no number of thousands of digits, and says so by a fault.

Event: TypeAlias = dict[str, Any]
Handle: TypeAlias = Callable[[Event], Awaitable[bool]]
"""Does what is to be done about an event; returns whether it was new."""


class Forged(Exception):
    """A message that was not sent by who has the secret, or not now."""


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """See that a message is whole, recent and signed in both ways; raises Forged."""
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    is_number = stamp.isdecimal() and len(stamp) <= MOST_DIGITS
    if not is_number or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        raise Forged("It is too old, or from the future.")
    # Standard Webhooks: the key is what the secret spells; several while it is rotated.
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, b"%s.%s." % (id.encode(), stamp.encode()) + body, "sha256")
    _is_among("v1," + base64.b64encode(digest).decode(), headers.get("webhook-signature", ""), " ")
    # Hoursmith-Signature: the key is the secret's own text.
    digest = hmac.digest(secret.encode(), stamp.encode() + b"." + body, "sha256")
    documented = headers.get("hoursmith-signature", "")
    _is_among("v1=" + digest.hex(), documented, ",")
    _is_among("t=" + stamp, documented, ",")


def _is_among(wanted: str, given: str, separator: str) -> None:
    found = [hmac.compare_digest(wanted.encode(), one.encode()) for one in given.split(separator)]
    if not any(found):
        raise Forged("Its signature is not good.")


def receiver(secret: str, handle: Handle) -> Starlette:
    """Return an application that hands on what is verified; a fault of the handler is a 500."""

    async def receive(request: Request) -> Response:
        body = await request.body()
        try:
            verify(secret, request.headers, body)
        except Forged as forged:
            return PlainTextResponse(str(forged), status_code=400)
        event: Event = json.loads(body)
        is_new = await handle(event)
        return Response(status_code=204 if is_new else 208)

    return Starlette(routes=[Route("/", receive, methods=["POST"])])


def once(handle: Callable[[Event], Awaitable[None]]) -> Handle:
    """Let events be handled once while the program runs; `queue_writer.py` remembers for good."""
    done: set[str] = set()

    async def handle_once(event: Event) -> bool:
        if event["id"] in done:
            return False
        await handle(event)
        done.add(event["id"])
        return True

    return handle_once


def serve(handle: Handle) -> None:
    """Receive on the port that is named first, behind whatever speaks TLS for you."""
    application = receiver(os.environ["HOURSMITH_WEBHOOK_SECRET"], handle)
    uvicorn.run(application, host="127.0.0.1", port=int(sys.argv[1]), access_log=False)


async def show(event: Event) -> None:
    """Print an event."""
    print(event["type"], json.dumps(event["data"], ensure_ascii=False), flush=True)


if __name__ == "__main__":
    serve(once(show))
