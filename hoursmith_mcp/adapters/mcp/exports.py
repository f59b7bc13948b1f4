"""Exports as resources: a file is made as it is read, where it is not too large for a message."""

from __future__ import annotations

from base64 import b64encode
from contextlib import aclosing
from functools import partial
from typing import Any

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.access.authentication import permit
from hoursmith_mcp.catalogue import Catalogue, named
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas.exports import (
    ADDRESS,
    EXPORTS,
    FORMATS,
    TEMPLATE,
    XLSX,
    Export,
    read_export,
)
from hoursmith_mcp.tables.lists import row_form, written

MOST_ROWS = 10_000
MOST_BYTES = 8 * 1024 * 1024

DESCRIBED = {
    "uriTemplate": TEMPLATE,
    "name": "export",
    "title": "Export",
    "description": (
        f"A list as a file: {', '.join(EXPORTS)}, with the ending {', '.join(FORMATS)}. "
        "export_data gives the address of one, with its filters."
    ),
    "annotations": {"audience": ["user"], "priority": 0.3},
}
"""How exports are told of among the addresses with variables."""


def is_export(uri: str) -> bool:
    """Say whether an address is one of an export."""
    return uri.startswith(ADDRESS)


def exported_lists(catalogue: Catalogue) -> list[Operation]:
    """Return the operations whose lists are exported."""
    return [named(catalogue.operations, one.operation) for one in EXPORTS.values()]


async def read_contents(runtime: Runtime, caller: Caller, uri: str) -> dict[str, Any]:
    """Make an export and return it as the contents of a resource.

    Raises an error of the one tree; InvalidInput for an export that is too large for a message.
    """
    wanted = read_export(uri)
    one = named(runtime.catalogue.operations, wanted.exported.operation)
    actor = await runtime.identify(caller)
    permit(actor, one)

    async def read(given: dict[str, Any]) -> dict[str, Any]:
        return (await runtime.invoke(one, caller, given)).data

    form_of = partial(row_form, FORMATS[wanted.format], one, blind=actor.blind)
    whole = bytearray()
    with wanted.refused_in_its_name():
        async with aclosing(written(one, wanted.arguments, read, form_of)) as parts:
            async for part, count in parts:
                whole += part
                if count > MOST_ROWS or len(whole) > MOST_BYTES:
                    raise _too_large(wanted)
    media_type = FORMATS[wanted.format]
    if media_type == XLSX:
        return {"uri": uri, "mimeType": media_type, "blob": b64encode(whole).decode()}
    return {"uri": uri, "mimeType": media_type, "text": whole.decode()}


def _too_large(wanted: Export) -> InvalidInput:
    return InvalidInput(
        f"That is more than a message should hold ({MOST_ROWS} rows, {MOST_BYTES // 1024**2} MB): "
        "ask export_data for less, or write it to a file with "
        f"`hoursmith-mcp export {wanted.kind}` or the REST API."
    )
