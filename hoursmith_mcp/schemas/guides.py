"""Guides, as callers read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hoursmith_mcp.schemas.base import Public


class GuideOut(Public):
    """How something is done, with examples."""

    name: str
    title: str
    description: str
    text: str


class GuideEntry(Public):
    """A guide in the list of guides."""

    name: str
    title: str
    description: str


class GuideList(Public):
    """All guides, in the order in which they are best read."""

    guides: list[GuideEntry]


def guide_text(data: Mapping[str, Any]) -> str:
    """Return a guide as it was written: it is ours, so nothing of it needs escaping."""
    return str(data["text"])
