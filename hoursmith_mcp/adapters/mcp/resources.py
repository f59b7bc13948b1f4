"""Resources: operations that are read by address: Markdown, .json is data, .svg a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.adapters.mcp.context import Context
from hoursmith_mcp.adapters.mcp.exports import (
    DESCRIBED,
    exported_lists,
    is_export,
    read_contents,
)
from hoursmith_mcp.adapters.mcp.results import COMPLETE
from hoursmith_mcp.adapters.mcp.showing import anything, shown_tools
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.errors import HoursmithError, InvalidInput, NotFound, Unexpected
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE, Known, Page
from hoursmith_mcp.runtime import Runtime

MARKDOWN = "text/markdown"
JSON = "application/json"
AS_DATA = ".json"
AS_PICTURE = ".svg"
NOWHERE = (
    "There is no resource at that address; resources/list and resources/templates/list have them "
    "all."
)
_VARIABLE = re.compile(r"\{(\w+)\}")

May = Callable[[Operation], bool]
"""Tells what is shown to whoever asks."""


@dataclass(frozen=True)
class Place:
    """What an address leads to: an operation, its arguments, and the form that is asked for."""

    uri: str
    operation: Operation
    arguments: dict[str, str]
    media_type: str


def list_resources(catalogue: Catalogue, may: May = anything) -> dict[str, Any]:
    """Return the result of resources/list: what is there whatever the database holds."""
    return {**COMPLETE, "resources": list(_fixed(catalogue, may))}


def list_templates(catalogue: Catalogue, may: May = anything) -> dict[str, Any]:
    """Return the result of resources/templates/list: the addresses with variables."""
    templates = [
        {"uriTemplate": address + ending, **described}
        for address, one, page in _pages(catalogue, may)
        if _VARIABLE.search(address)
        for ending, described in _forms(one, page)
    ]
    if any(may(one) for one in exported_lists(catalogue)):
        templates.append(DESCRIBED)
    return {**COMPLETE, "resourceTemplates": templates}


async def read_resource(
    runtime: Runtime, caller: Caller, context: Context, uri: str
) -> dict[str, Any]:
    """Read a resource and return the result of resources/read.

    Raises MCPError: -32602 for what is not there, whatever the reason.
    """
    if is_export(uri):
        try:
            return {**COMPLETE, "contents": [await read_contents(runtime, caller, uri)]}
        except HoursmithError as error:
            raise refusal(uri, error) from None
    place = find_place(runtime.catalogue, uri)
    try:
        tools = await shown_tools(runtime, caller, context, forbidden_too=True)
        text = await read_place(runtime, caller, place, offered=tools)
    except HoursmithError as error:
        raise refusal(uri, error) from None
    return {**COMPLETE, "contents": [{"uri": uri, "mimeType": place.media_type, "text": text}]}


def find_place(catalogue: Catalogue, uri: str) -> Place:
    """Return what an address leads to; raises MCPError (-32602) where that is nowhere."""
    for bare, media_type in _read_as(uri):
        for address, one in catalogue.resources.items():
            found = _pattern(address).fullmatch(bare)
            if found is not None and (media_type != PICTURE or _has_picture(one)):
                arguments = {name: unquote(value) for name, value in found.groupdict().items()}
                return Place(uri, one, arguments, media_type)
    raise MCPError(code=INVALID_PARAMS, message=NOWHERE, data={"uri": uri})


async def read_place(
    runtime: Runtime, caller: Caller, place: Place, *, offered: Collection[str] | None = None
) -> str:
    """Read what an address leads to, as `invoke` does; raises an error of the one tree."""
    answer = await runtime.invoke(place.operation, caller, place.arguments, offered=offered)
    page = place.operation.page
    if place.media_type == JSON or page is None:
        return answer.text
    if place.media_type == PICTURE and page.picture is not None:
        return page.picture(answer.data)
    return page.write(answer.data)


def refusal(uri: str, error: HoursmithError) -> MCPError:
    """Return a refusal as the protocol says it: -32602 for what is not there."""
    data = {"uri": uri, "error": error.document()}
    return MCPError(code=_code(error), message=error.message, data=data)


def operation_at(catalogue: Catalogue, template: str) -> Operation | None:
    """Return the operation behind a template, in any form."""
    return catalogue.resources.get(template.removesuffix(AS_DATA).removesuffix(AS_PICTURE))


def _code(error: HoursmithError) -> int:
    if isinstance(error, NotFound | InvalidInput):
        return INVALID_PARAMS
    return INTERNAL_ERROR if isinstance(error, Unexpected) else INVALID_REQUEST


def _fixed(catalogue: Catalogue, may: May) -> Iterator[dict[str, Any]]:
    for address, one, page in _pages(catalogue, may):
        if not _VARIABLE.search(address):
            for ending, described in _forms(one, page):
                yield {"uri": address + ending, **described}
        for known in page.known():
            yield {
                "uri": _VARIABLE.sub(quote(known.value, safe=""), address),
                "name": f"{one.name}_{known.value}",
                **_described(page, known.description, known),
            }


def _forms(one: Operation, page: Page) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each form that is listed of a page: how its address ends, and what it is.

    That everything reads as data, too, is said once, in a guide.
    """
    described = _described(page, one.description)
    yield "", {"name": one.name, **described}
    if page.picture is not None:
        drawn = {"title": f"{page.title}, drawn", "mimeType": PICTURE}
        yield AS_PICTURE, {"name": f"{one.name}_drawn", **described, **drawn}


def _read_as(uri: str) -> Iterator[tuple[str, str]]:
    """Yield what an address may mean: one without an ending, and the form that the ending asks for.

    What people call a thing may end in .svg itself.
    """
    if uri.endswith(AS_PICTURE):
        yield uri.removesuffix(AS_PICTURE), PICTURE
    yield (uri.removesuffix(AS_DATA), JSON) if uri.endswith(AS_DATA) else (uri, MARKDOWN)


def _has_picture(one: Operation) -> bool:
    return one.page is not None and one.page.picture is not None


def _pages(catalogue: Catalogue, may: May) -> Iterator[tuple[str, Operation, Page]]:
    for address, one in catalogue.resources.items():
        if one.page is not None and may(one):
            yield address, one, one.page


def _described(page: Page, description: str, known: Known | None = None) -> dict[str, Any]:
    return {
        "title": page.title if known is None else known.title,
        "description": description,
        "mimeType": MARKDOWN,
        "annotations": {"audience": ["user", "assistant"], "priority": page.importance / 100},
    }


@cache
def _pattern(address: str) -> re.Pattern[str]:
    """Turn an address with variables (RFC 6570, level 1) into what matches it."""
    parts = _VARIABLE.split(address)
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
    )
