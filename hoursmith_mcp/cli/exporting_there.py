"""Whole lists of the server that HOURSMITH_URL names, as its REST API sends them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx2

from hoursmith_mcp.adapters.mcp.address import ENDPOINT, Address, read_address
from hoursmith_mcp.adapters.mcp.faults import explain_answer, explain_fault
from hoursmith_mcp.adapters.mcp.remote import Remote, open_remote
from hoursmith_mcp.adapters.rest.names import path_variables, rest_names
from hoursmith_mcp.adapters.rest.paths import BASE_PATH
from hoursmith_mcp.adapters.rest.streaming import MARK
from hoursmith_mcp.catalogue import load, named
from hoursmith_mcp.cli.acting import DOOR
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.exports import CSV, FORMATS, XLSX, Export
from hoursmith_mcp.schemas.json_values import is_array
from hoursmith_mcp.settings import Settings
from hoursmith_mcp.tables.ends import MOST_BYTES, rows_at_end

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 60.0
MAKING_SECONDS = 1_800.0
"""How long a server may be silent over a workbook: it is made as a whole before it is sent."""

NOTHING_KEPT = "Nothing was kept: try again."


class ListsThere:
    """The lists of a server, for whoever its token belongs to."""

    unit = "KiB"

    def __init__(self, network: httpx2.AsyncClient, address: Address, remote: Remote) -> None:
        """Take the ways to the server: of the REST API, and of its tools."""
        self._network = network
        self._address = address
        self._remote = remote
        self._operations = load().operations
        self.rows: int | None = None

    def listing(self, wanted: Export) -> Operation:
        """Return the operation whose list is wanted."""
        return named(self._operations, wanted.exported.operation)

    async def link(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what export_data says of words there."""
        return await self._remote.call("export_data", given)

    async def written(self, wanted: Export, *, marked: bool) -> AsyncGenerator[tuple[bytes, int]]:
        """Yield a list as a file, in parts, each with how many KiB came by then.

        Raises an error of the one tree, also where the file is not whole at its end.
        """
        media_type = FORMATS[wanted.format]
        length, last_bytes = 0, b""
        try:
            async with self._network.stream(**self._request(wanted, marked=marked)) as response:
                if not _is_table(response, media_type):
                    body = await response.aread()
                    raise explain_answer(response, body, self._address.url, otherwise=NOTHING_KEPT)
                async for part in response.aiter_bytes():
                    length += len(part)
                    last_bytes = (last_bytes + part)[-MOST_BYTES:]
                    yield part, length >> 10
        except httpx2.HTTPError as fault:
            raise explain_fault(fault, self._address.url, otherwise=NOTHING_KEPT) from fault
        self.rows = rows_at_end(media_type, last_bytes)

    def _request(self, wanted: Export, *, marked: bool) -> dict[str, Any]:
        one, media_type = self.listing(wanted), FORMATS[wanted.format]
        path = (one.rest or "").partition(" ")[2]
        within = path_variables(path)
        names = rest_names(one.arguments.model)
        query = {
            names.get(name, name): _text(value)
            for name, value in wanted.arguments.items()
            if name not in within
        }
        if marked and media_type == CSV:
            query[MARK] = "true"
        parts = {name: quote(_text(wanted.arguments[name]), safe="") for name in within}
        base = self._address.url.removesuffix(ENDPOINT) + BASE_PATH
        silent_seconds = MAKING_SECONDS if media_type == XLSX else SILENT_SECONDS
        return {
            "method": "GET",
            "url": base + path.format(**parts),
            "params": query,
            "headers": {**self._address.headers, "Accept": media_type},
            "timeout": httpx2.Timeout(silent_seconds, connect=CONNECT_SECONDS),
            "follow_redirects": False,
        }


@asynccontextmanager
async def lists_there(settings: Settings) -> AsyncGenerator[ListsThere]:
    """Connect to the server that settings name; raises an error of the one tree."""
    address = replace(read_address(settings.url, settings.token), toolsets="all")
    async with open_remote(address, door=DOOR) as remote, httpx2.AsyncClient() as network:
        yield ListsThere(network, address, remote)


def _is_table(response: httpx2.Response, media_type: str) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return response.status_code == 200 and kind == media_type


def _text(value: Any) -> str:
    """Write an argument as it stands in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_text, value)) if is_array(value) else str(value)
