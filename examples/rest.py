"""The REST API with httpx2, as the other examples use it: a part of them, to copy.

HOURSMITH_URL says where the server is, and HOURSMITH_TOKEN opens it. In a copy of the repository
`uv run --no-dev python` has what it imports; elsewhere it takes `pip install httpx2`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import httpx2

ATTEMPTS = 5
PATIENCE_SECONDS = 30
WAIT_SECONDS = 1
"""Before another attempt, where the server does not say how long."""


class Refused(Exception):
    """The server said no, in its own sentence with the id to look for in its log, or is not set."""


class Api:
    """A server; every call is tried again where that may help, and harms nothing."""

    def __init__(self, run: str) -> None:
        """Take the name of this run, which is told with all that it changes; raises Refused."""
        server, token = _setting("HOURSMITH_URL"), _setting("HOURSMITH_TOKEN")
        if not server.startswith(("https://", "http://")):
            raise Refused(f"HOURSMITH_URL begins with https:// or http://, unlike {server}.")
        self._http = httpx2.Client(
            base_url=f"{server.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {token}", "X-Run-Id": run},
            timeout=PATIENCE_SECONDS,
        )

    def get(self, path: str, **query: Any) -> Any:
        """Return what is there."""
        return self._answer("GET", path, params=query)["data"]

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield what a list holds, to its end."""
        page = self._answer("GET", path, params=query)
        yield from page["data"]
        while cursor := page["pagination"]["nextCursor"]:
            page = self._answer("GET", path, params={**query, "cursor": cursor})
            yield from page["data"]

    def post(self, path: str, key: str = "", **body: Any) -> Any:
        """Do something, once for each key however often it is asked for within a day.

        Only what changes nothing, like a preview, needs no key.
        """
        headers = {"Idempotency-Key": key} if key else {}
        return self._answer("POST", path, headers=headers, json=body)["data"]

    def _answer(self, method: str, path: str, **sent: Any) -> Any:
        """Return an answer's document; raises Refused."""
        for attempt in range(1, ATTEMPTS + 1):
            wait_seconds = WAIT_SECONDS
            try:
                answer = self._http.request(method, path, **sent)
            except httpx2.TransportError as fault:
                # Whether it was done is not known; the key lets it be asked for again.
                refusal = Refused(f"The server does not answer: {fault}")
            else:
                if answer.is_success:
                    return answer.json()
                refusal = Refused(_reason(answer))
                if answer.status_code not in (429, 503):
                    raise refusal
                wait_seconds = int(answer.headers.get("Retry-After", WAIT_SECONDS))
            if attempt == ATTEMPTS:
                raise refusal
            time.sleep(wait_seconds)


def _setting(name: str) -> str:
    """Return what a variable says; raises Refused where it says nothing."""
    text = os.environ.get(name, "").strip()
    if not text or not text.isascii():
        raise Refused(f"Set {name}: it is empty, or not what a server takes.")
    return text


def _reason(answer: httpx2.Response) -> str:
    """Return a problem document's sentence; what stands before the server may say less."""
    if answer.headers.get("Content-Type") != "application/problem+json":
        return f"{answer.url} answered {answer.status_code}."
    problem = answer.json()
    return f"{problem['detail']} ({problem['status']}, {problem['requestId']})"
