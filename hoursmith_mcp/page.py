"""How an operation reads by address: what people call it, and which changes it tells of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hoursmith_mcp.markdown import as_markdown

PICTURE = "image/svg+xml"
"""The media type of a page that is drawn."""

Writer = Callable[[Mapping[str, Any]], str]
"""Makes Markdown of an answer, or SVG."""


@dataclass(frozen=True)
class Known:
    """One of the few things that an address with a variable leads to, known beforehand."""

    value: str
    title: str
    description: str


def none_known() -> tuple[Known, ...]:
    """Return nothing: what there is, is in the database."""
    return ()


@dataclass(frozen=True)
class Page:
    """The record of a resource, beside its address.

    `touched_by` are the kinds of events ("invoice" of invoice.sent) after which it may read
    differently; `importance` is in percent; `named_by` are the fields that may name what is read;
    `known` lists what can be read where that is fixed; `writer` is for what has a form of its own
    as Markdown; `picture` draws an answer as SVG, where looking beats reading.
    """

    title: str
    touched_by: tuple[str, ...]
    importance: int
    named_by: tuple[str, ...] = ("number", "name")
    known: Callable[[], tuple[Known, ...]] = none_known
    writer: Writer | None = None
    picture: Writer | None = None

    def write(self, data: Mapping[str, Any]) -> str:
        """Return an answer as Markdown."""
        if self.writer is not None:
            return self.writer(data)
        return as_markdown(self.title, data, named_by=self.named_by)
