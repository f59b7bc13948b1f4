"""The documentation page and the document behind it: the same for everybody, and all from here."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Callable
from functools import cache, partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hoursmith_mcp.adapters.rest import viewer
from hoursmith_mcp.adapters.rest.etags import etag
from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.unit import compact_json

PAGE = "/api/docs"
DOCUMENT = "/api/openapi.json"
SCRIPT, CSS = "text/javascript", "text/css"
FILES = {
    "swagger-ui.css": CSS,
    "page.css": CSS,
    "swagger-ui-bundle.js": SCRIPT,
    "start.js": SCRIPT,
}
RELEASED = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}
"""The SHA-256 of what was released by others; the browser compares them, too."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def documentation_routes(catalogue: Catalogue, server_url: str) -> list[Route]:
    """Return what is served to everybody: the OpenAPI document, and the page that shows it."""

    @cache
    def document() -> bytes:
        return compact_json(build_openapi(catalogue, server_url=server_url)).encode()

    parts = [_route(f"{PAGE}/{name}", kind, partial(_file, name)) for name, kind in FILES.items()]
    return [
        _route(DOCUMENT, "application/json", document),
        _route(PAGE, "text/html; charset=utf-8", _page),
        *parts,
    ]


def _route(path: str, kind: str, content: Callable[[], bytes]) -> Route:
    async def serve(request: Request) -> Response:
        body = content()
        headers = {**HEADERS, "ETag": etag(body)}
        known = request.headers.get("if-none-match")
        if known is not None and headers["ETag"] in known:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=kind, headers=headers)

    return Route(path, serve)


@cache
def _file(name: str) -> bytes:
    return (importlib.resources.files(viewer) / name).read_bytes()


@cache
def _page() -> bytes:
    styles = "".join(
        f'<link rel="stylesheet" href="{PAGE}/{name}" integrity="{_integrity(name)}">\n'
        for name, kind in FILES.items()
        if kind == CSS
    )
    scripts = "".join(
        f'<script src="{PAGE}/{name}" integrity="{_integrity(name)}"></script>\n'
        for name, kind in FILES.items()
        if kind == SCRIPT
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hoursmith API</title>
<link rel="icon" href="data:,">
{styles}<main id="reference"></main>
{scripts}</html>
""".encode()


def _integrity(name: str) -> str:
    released = RELEASED.get(name)
    digest = bytes.fromhex(released) if released else hashlib.sha256(_file(name)).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
