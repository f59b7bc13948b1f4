"""Which events a token may be told of: those of things that its scopes let it read.

It holds wherever events leave by a token's doing: what a webhook is made to tell, what is sent
again, what is listed; and of activity, which says the same of the same changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.core.event_patterns import ALL, kind_of, matches
from hoursmith_mcp.errors import Forbidden
from hoursmith_mcp.schemas.event_types import EVENT_TYPES

if TYPE_CHECKING:
    from hoursmith_mcp.access.actor import Actor
    from hoursmith_mcp.store.queries.activity import LineRow

OF_ADMINS = frozenset({"token", "webhook"})
"""The kinds of things that are looked after by owners and admins."""

READ_WITH: Mapping[str, Scope | None] = MappingProxyType(
    {
        "client": Scope.CLIENTS_READ,
        "contact": Scope.CLIENTS_READ,
        "expense": Scope.EXPENSES_READ,
        "invoice": Scope.INVOICES_READ,
        "member": None,
        "organization": None,
        "payment": Scope.PAYMENTS_READ,
        "project": Scope.PROJECTS_READ,
        "rate": Scope.PROJECTS_READ,
        "rounding": Scope.PROJECTS_READ,
        "schedule": Scope.INVOICES_READ,
        "task": Scope.PROJECTS_READ,
        "time_entry": Scope.TIME_READ,
        "timer": Scope.TIME_READ,
        "token": Scope.TOKENS_WRITE,
        "webhook": Scope.ACTIVITY_READ,
    }
)
"""The scope that each kind of thing takes to be read; None where it takes none.

What is not named here is told to nobody by scopes.
"""


def may_be_told(type: str, scopes: Collection[Scope]) -> bool:
    """Say whether scopes let an event of a type be read."""
    kind = kind_of(type)
    return kind in READ_WITH and (READ_WITH[kind] is None or READ_WITH[kind] in scopes)


def may_be_shown(line: LineRow, actor: Actor) -> bool:
    """Say whether an actor may see what became of the thing of a line of activity.

    What owners and admins look after is shown to them, and to whoever did it.
    """
    # Commands that run the house make tokens, and write no type.
    type = line.type or "token.created"
    of_others = kind_of(type) in OF_ADMINS and line.member_id != actor.member_id
    return may_be_told(type, actor.scopes) and (actor.role >= Role.ADMIN or not of_others)


def types_to_tell(patterns: Collection[str], scopes: Collection[Scope]) -> list[str]:
    """Return the types that patterns mean: of all there are, those that scopes let be read.

    Raises Forbidden where types that are asked for by name, or by kind, are not among those.
    """
    types = [type for type in EVENT_TYPES if matches(patterns, type)]
    if ALL in patterns:
        return [type for type in types if may_be_told(type, scopes)]
    permit_telling(types, scopes)
    return types


def permit_telling(types: Iterable[str], scopes: Collection[Scope]) -> None:
    """Raise Forbidden where scopes do not let events of all these types be read."""
    closed = sorted({kind_of(type) for type in types if not may_be_told(type, scopes)})
    if not closed:
        return
    lacking = sorted({scope for kind in closed if (scope := READ_WITH.get(kind)) is not None})
    kinds = ", ".join(f"{kind}.*" for kind in closed)
    raise Forbidden(
        f"Your token may not read what {kinds} tells of: name other types of events, or use a "
        f"token with {', '.join(lacking)}.",
        scope=lacking[0] if lacking else None,
    )
