"""Answers that can be drawn: as SVG to a client that would rather look than read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hoursmith_mcp.adapters.rest.accepting import chosen
from hoursmith_mcp.adapters.rest.answers import JSON
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE

POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""A picture that is opened by itself is a document of this origin, and may do nothing."""


def is_drawn(one: Operation) -> bool:
    """Say whether an operation's answer can be had as a picture."""
    return one.page is not None and one.page.picture is not None


def picture_wanted(one: Operation, accept: str | None, data: Mapping[str, Any]) -> bytes | None:
    """Return an answer as a picture, where there is one that is liked better than data."""
    if one.page is None or one.page.picture is None or chosen(accept, (JSON, PICTURE)) != PICTURE:
        return None
    return one.page.picture(data).encode()
