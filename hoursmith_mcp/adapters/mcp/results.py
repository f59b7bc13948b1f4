"""What every result of the protocol has in common, and how a refusal is told without one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST

from hoursmith_mcp.errors import Forbidden, HoursmithError, Unexpected

COMPLETE = {"resultType": "complete"}
"""Says in the era of 2026 that nothing more is to come; the other era leaves it out."""


@contextmanager
def told() -> Generator[None]:
    """Turn a refusal into MCPError, for requests whose results have no room for one."""
    try:
        yield
    except HoursmithError as error:
        code = INVALID_PARAMS
        if isinstance(error, Forbidden):
            code = INVALID_REQUEST
        elif isinstance(error, Unexpected):
            code = INTERNAL_ERROR
        raise MCPError(code=code, message=error.message) from None
