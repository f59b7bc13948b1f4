"""Problem documents (RFC 9457), which also hold the documented `error` object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from hoursmith_mcp.adapters.challenges import RETRY_SECONDS
from hoursmith_mcp.adapters.rest.names import outward
from hoursmith_mcp.errors import HoursmithError
from hoursmith_mcp.unit import compact_json

MEDIA_TYPE = "application/problem+json"
TYPES = "/api/problems/"
"""What the types of problems begin with: a relative reference, the same in every house."""

BAD_REQUEST = "bad_request"

CODES = (
    BAD_REQUEST,
    "unauthenticated",
    "forbidden_plan",
    "forbidden_scope",
    "not_found",
    "conflict",
    "validation_error",
    "rate_limited",
    "internal",
)
"""The documented codes; there are no plans here, so `forbidden_plan` is never sent."""

_DOCUMENTED = {"declined": "conflict", "precondition_failed": "conflict", "unavailable": "internal"}
"""What a code of our own tree is called among the documented ones, where it is not one of them."""


@dataclass
class Problem(Exception):
    """A refusal, ready to be written."""

    status: int
    code: str
    detail: str
    kind: str = ""
    """The last part of the type; the code, where nothing finer is known."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    """What is wrong where: a JSON Pointer into the body, or the name of a parameter or header."""
    operations: Mapping[str, str] = field(default_factory=dict[str, str])
    """How what the detail names is called: "METHOD /path" by the operation's name."""
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else the `error` object holds: fields, candidates, difference."""

    def document(self, request_id: str) -> dict[str, Any]:
        """Return the whole document."""
        kind = self.kind or self.code
        return {
            "type": TYPES + kind.replace("_", "-"),
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "requestId": request_id,
            **({"errors": self.errors} if self.errors else {}),
            **({"operations": dict(self.operations)} if self.operations else {}),
            "error": {"code": self.code, "message": self.detail, **self.parts},
        }


def problem_of(error: HoursmithError) -> Problem:
    """Return the problem that an error of the tree is over REST."""
    document = error.document()
    del document["code"]
    message = document.pop("message")
    return Problem(
        status=error.status,
        code=_DOCUMENTED.get(error.code, error.code),
        kind=error.code,
        detail=message,
        headers={"Retry-After": str(RETRY_SECONDS)} if error.status == 503 else {},
        parts=outward(document),
    )


def answer(problem: Problem, request_id: str) -> Response:
    """Return a problem as a response."""
    return Response(
        compact_json(problem.document(request_id)),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(problem.headers),
    )


def malformed(detail: str, *, kind: str = "") -> Problem:
    """Return the problem of a request that cannot be read at all."""
    return Problem(400, BAD_REQUEST, detail, kind=kind)


def invalid(detail: str, place: str, *, header: bool = False, parameter: bool = False) -> Problem:
    """Return the problem of one part of a request: a pointer into the body, a name otherwise."""
    where = "header" if header else "parameter" if parameter else "pointer"
    name = place.strip("/").replace("/", ".")
    return Problem(
        422,
        "validation_error",
        detail,
        errors=[{where: place, "detail": detail}],
        parts={"fields": {name: detail}} if name else {},
    )
