"""Guides: how things are done, in Markdown beside this file; every example in them is tested."""

from __future__ import annotations

import importlib.resources
from functools import cache
from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.operation import operation
from hoursmith_mcp.page import Known, Page
from hoursmith_mcp.schemas.arguments import Line, Reference
from hoursmith_mcp.schemas.guides import GuideEntry, GuideList, GuideOut, guide_text

GUIDES = (
    "getting-started",
    "time-tracking",
    "invoicing",
    "rates-and-rounding",
    "reports",
    "exports",
    "teams",
    "api",
    "webhooks",
    "running",
    "backups",
)
"""In the order in which they are best read; each begins with its title and one sentence."""


@cache
def _guide(name: str) -> GuideOut:
    text = (importlib.resources.files(__name__) / f"{name}.md").read_text("utf-8")
    heading, _, rest = text.partition("\n\n")
    description = " ".join(rest.partition("\n\n")[0].split())
    return GuideOut(name=name, title=heading.removeprefix("# "), description=description, text=text)


def _known() -> tuple[Known, ...]:
    guides = [_guide(name) for name in GUIDES]
    return tuple(Known(one.name, one.title, one.description) for one in guides)


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    resource="hoursmith://guides",
    page=Page("Guides", touched_by=(), importance=50),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def list_guides(call: Call) -> GuideList:
    """List the guides: how things are done here, with examples."""
    return GuideList(
        guides=[
            GuideEntry(name=one.name, title=one.title, description=one.description)
            for one in map(_guide, GUIDES)
        ]
    )


@operation(
    toolset="admin",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    resource="hoursmith://guides/{guide}",
    page=Page("Guide", touched_by=(), importance=50, writer=guide_text, known=_known),
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def get_guide(
    call: Call,
    guide: Annotated[Line, Reference("guide"), Field(description="Name of the guide.")],
) -> GuideOut:
    """Show how something is done, with examples that work as they stand."""
    if guide not in GUIDES:
        raise NotFound(f"There is no guide of that name; there are {', '.join(GUIDES)}.")
    return _guide(guide)
