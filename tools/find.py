"""Finding things by the words that people use for them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.arguments import Line
from hoursmith_mcp.schemas.organization import FoundThing, FoundThings

Kind = Literal["client", "project", "task", "member"]


@operation(
    toolset="clients",
    scope=None,
    least=Role.MEMBER,
    rest="GET /find",
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def find(
    call: Call,
    query: Annotated[
        Line, Field(description="Words or beginnings of words; empty lists all.")
    ] = "",
    kind: Annotated[Kind, Field(description="Only this kind.")] | None = None,
    archived: Annotated[bool, Field(description="Put-away things, too.")] = False,
    limit: Annotated[int, Field(ge=1, le=100, description="How many.")] = 20,
) -> FoundThings:
    """Find clients, projects, tasks and members by name."""
    hits = await call.store.names.search(
        query or "", kinds=[kind] if kind is not None else None, archived=archived
    )
    return FoundThings(
        query=query or "",
        results=[
            FoundThing(
                kind=hit.kind,
                id=hit.id,
                name=hit.name,
                context=hit.context or None,
                archived=hit.archived or None,
            )
            for hit in hits[:limit]
        ],
        more=len(hits) > limit,
    )
