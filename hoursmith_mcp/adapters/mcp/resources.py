"""Resources: operations that are read by address."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.errors import HoursmithError, InvalidInput, NotFound, Unexpected
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime

JSON = "application/json"


def list_resources(catalogue: Catalogue) -> dict[str, Any]:
    """Return the result of resources/list: the addresses without variables."""
    return {
        **COMPLETE,
        "resources": [
            {"uri": address, **_described(one)}
            for address, one in catalogue.resources.items()
            if "{" not in address
        ],
    }


def list_templates(catalogue: Catalogue) -> dict[str, Any]:
    """Return the result of resources/templates/list: the addresses with variables."""
    return {
        **COMPLETE,
        "resourceTemplates": [
            {"uriTemplate": address, **_described(one)}
            for address, one in catalogue.resources.items()
            if "{" in address
        ],
    }


async def read_resource(runtime: Runtime, caller: Caller, uri: str) -> dict[str, Any]:
    """Read a resource and return the result of resources/read.

    Raises MCPError: -32602 for what is not there, whatever the reason.
    """
    for address, one in runtime.catalogue.resources.items():
        found = _pattern(address).fullmatch(uri)
        if found is not None:
            arguments = {name: unquote(value) for name, value in found.groupdict().items()}
            text = await _read(runtime, one, caller, arguments, uri)
            return {**COMPLETE, "contents": [{"uri": uri, "mimeType": JSON, "text": text}]}
    raise MCPError(
        code=INVALID_PARAMS, message="There is no resource at that address.", data={"uri": uri}
    )


async def _read(
    runtime: Runtime, one: Operation, caller: Caller, arguments: dict[str, Any], uri: str
) -> str:
    try:
        return (await runtime.invoke(one, caller, arguments)).text
    except HoursmithError as error:
        data = {"uri": uri, "error": error.document()}
        raise MCPError(code=_code(error), message=error.message, data=data) from None


def _code(error: HoursmithError) -> int:
    if isinstance(error, NotFound | InvalidInput):
        return INVALID_PARAMS
    return INTERNAL_ERROR if isinstance(error, Unexpected) else INVALID_REQUEST


def _described(one: Operation) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "mimeType": JSON,
    }


@cache
def _pattern(address: str) -> re.Pattern[str]:
    """Turn an address with variables (RFC 6570, level 1) into what matches it."""
    parts = re.split(r"\{(\w+)\}", address)
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
    )
