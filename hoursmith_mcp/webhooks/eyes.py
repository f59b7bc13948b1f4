"""What the owner of an endpoint sees of an event at the moment in which it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from hoursmith_mcp.access.blindness import seen_by
from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.access.telling import OF_ADMINS

OF_MEMBERS = frozenset({"project", "task", "time_entry", "timer"})
OWN = frozenset({"time_entry", "timer"})
MOVED_BY_PRICES = frozenset({"project.updated"})
"""That it happened says that a price may have changed, where nothing else of the thing did."""


class Happened(Protocol):
    """An event, as far as it decides who sees it."""

    @property
    def type(self) -> str:
        """Its type."""
        ...

    @property
    def project_id(self) -> str | None:
        """The project that it is of."""
        ...

    @property
    def member_id(self) -> str | None:
        """The member whose thing it is of."""
        ...

    @property
    def data(self) -> str:
        """The thing, as JSON."""
        ...


@dataclass(frozen=True)
class OwnersEyes:
    """The eyes of a member, as they are now; `projects` are those that they are on."""

    member_id: str
    role: Role
    projects: frozenset[str]
    is_removed: bool = False

    @property
    def blind(self) -> bool:
        """Whether they see no money."""
        return self.role is Role.MEMBER

    def see(self, event: Happened) -> dict[str, Any] | None:
        """Return what they see of an event; None where it is none of their business."""
        if self.is_removed or not self._reach(event):
            return None
        return seen_by(self, event.type, json.loads(event.data))

    def _reach(self, event: Happened) -> bool:
        kind = event.type.partition(".")[0]
        if not self.blind:
            return kind not in OF_ADMINS or self.role >= Role.ADMIN
        if kind not in OF_MEMBERS or event.type in MOVED_BY_PRICES:
            return False
        if event.project_id not in self.projects:
            return False
        return kind not in OWN or event.member_id == self.member_id
