"""What a client is shown: what its setting, token and headers name, as far as it may use it.

Resources and prompts are shown as far as they may be used. Toolsets keep lists of tools short, they
are no wall: what may be called is decided in each call. Read-only mode is both: what changes data
is neither shown nor called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hoursmith_mcp.access.actor import Actor, Caller, Trust
from hoursmith_mcp.access.authentication import Guarded, permits
from hoursmith_mcp.adapters.bearer import ACTOR
from hoursmith_mcp.adapters.mcp.address import TOOLSETS_HEADER
from hoursmith_mcp.adapters.mcp.context import Context
from hoursmith_mcp.adapters.mcp.results import told
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.settings import is_on

READ_ONLY_HEADER = "x-mcp-readonly"

Tools = Mapping[str, Operation]
"""The tools that a client is shown, by name."""


async def shown_tools(
    runtime: Runtime, caller: Caller, context: Context, *, forbidden_too: bool = False
) -> Tools:
    """Return the tools of a request; those that the caller may not use are left out, or not.

    Raises InvalidInput for a toolset that does not exist, and what `identify` raises.
    """
    actor = await asking_actor(runtime, caller, context)
    headers = _headers(context)
    return runtime.catalogue.tools(
        _toolsets(runtime, headers, actor),
        read_only=only_reads(runtime, context),
        actor=actor,
        forbidden_too=forbidden_too,
    )


async def may_use(runtime: Runtime, caller: Caller, context: Context) -> Callable[[Guarded], bool]:
    """Return what tells whether a resource or a prompt may be used by whoever is asking.

    Where nothing may be changed, what is for changing something leads nowhere. Raises MCPError
    where nobody knows who is asking.
    """
    with told():
        actor = await asking_actor(runtime, caller, context)
    reads = only_reads(runtime, context)

    def may(one: Guarded) -> bool:
        if reads and one.scope is not None and one.scope.writes:
            return False
        return actor is None or permits(actor, one)

    return may


def anything(_: Guarded) -> bool:
    """Tell of everything that it may be used."""
    return True


async def asking_actor(runtime: Runtime, caller: Caller, context: Context) -> Actor | None:
    """Return who is asking, as the gate of HTTP has found, or as the database says.

    None is an owner, to whom everything may be shown: the database is not opened for a list.
    """
    if caller.trust is Trust.OWNER_OF_FILE and not caller.token:
        return None
    found: Actor | None = getattr(context.request, "scope", {}).get(ACTOR)
    return found if found is not None else await runtime.identify(caller)


def only_reads(runtime: Runtime, context: Context) -> bool:
    """Say whether a request may change nothing: by setting, or by its header."""
    return runtime.settings.read_only or is_on(_headers(context).get(READ_ONLY_HEADER, ""))


def _toolsets(runtime: Runtime, headers: Mapping[str, str], actor: Actor | None) -> str:
    named = headers.get(TOOLSETS_HEADER, "").strip()
    if named:
        return named
    if actor is not None and actor.toolsets:
        return actor.toolsets
    return runtime.settings.toolsets


def _headers(context: Context) -> Mapping[str, Any]:
    """Return the headers of a request over HTTP; there are none over stdio."""
    headers: Mapping[str, Any] | None = getattr(context.request, "headers", None)
    return headers if headers is not None else {}
