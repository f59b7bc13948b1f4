"""Names that complete what somebody is typing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.call import Call
from hoursmith_mcp.operation import operation
from hoursmith_mcp.schemas.organization import Names

MOST_NAMES = 100


@operation(
    toolset="clients",
    scope=None,
    least=Role.MEMBER,
    mcp=False,
    completes=True,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
)
async def complete_name(
    call: Call,
    kind: Annotated[
        Literal["client", "project", "task", "member"], Field(description="Kind of thing.")
    ],
    typed: Annotated[str, Field(max_length=300, description="What was typed so far.")] = "",
) -> Names:
    """Complete the name of a thing."""
    hits = await call.store.names.search(typed, kinds=[kind], archived=False)
    names = list(dict.fromkeys(hit.name for hit in hits))
    return Names(names=names[:MOST_NAMES], total=len(names))
