"""A receiver of webhooks: it believes nobody without a signature, and nothing twice.

pip install starlette uvicorn standardwebhooks
WEBHOOK_SECRET=whsec_… uvicorn webhook_receiver:app
"""

from __future__ import annotations

import json
import os

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# A real receiver keeps these two in its database, in one transaction with what it does.
seen: set[str] = set()
paid: list[str] = []


async def receive(request: Request) -> Response:
    """Take one message."""
    body = await request.body()
    try:
        Webhook(os.environ["WEBHOOK_SECRET"]).verify(body, dict(request.headers))
        message = json.loads(body)
    except Exception:  # The library raises several kinds for what was tampered with.
        return Response("not signed by Hoursmith", status_code=400)
    if message["id"] not in seen:
        seen.add(message["id"])
        if message["type"] == "invoice.paid" and not message["data"].get("test"):
            paid.append(message["data"]["invoice"]["number"])
    return Response(status_code=204)


app = Starlette(routes=[Route("/in", receive, methods=["POST"])])
