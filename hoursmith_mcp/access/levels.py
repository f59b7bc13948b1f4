"""What it takes besides to set something not for a project, but for a client or for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import Role, Scope

if TYPE_CHECKING:
    from hoursmith_mcp.call import Call

_OF_ALL = (Scope.ORGANIZATION_WRITE, Role.ADMIN)
_TAKES = {
    "client": (Scope.CLIENTS_WRITE, Role.MANAGER),
    "member": _OF_ALL,
    "organization": _OF_ALL,
}


def permit_level(call: Call, level: str) -> None:
    """Raise Forbidden where the caller may change projects, and not what is above them."""
    if level in _TAKES:
        call.permit(*_TAKES[level])
