"""The key that makes a retry safe, as clients write it: plain, or as a quoted string."""

from __future__ import annotations

import re

from starlette.requests import Request

from hoursmith_mcp.adapters.rest.problems import invalid, malformed
from hoursmith_mcp.operation import Operation

HEADER = "Idempotency-Key"
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')


def needs_key(one: Operation) -> bool:
    """Say whether a call needs a key: every POST that changes anything."""
    return (one.rest or "").startswith("POST ") and not one.read_only


def key_of(request: Request, one: Operation) -> str | None:
    """Return the key of a request; raises Problem where one is needed and none is there."""
    given = request.headers.getlist(HEADER)
    if len(given) > 1:
        raise malformed(f"{HEADER} comes twice: send one.")
    text = given[0].strip() if given else ""
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted is not None else text
    if not key and needs_key(one):
        raise invalid(
            f"{HEADER} is missing: send one that is new for each new call, and the same one again "
            "with a retry.",
            HEADER,
            header=True,
        )
    return key if needs_key(one) else None
