"""Callers, who ask, and actors, whom the database knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.core.instants import load_zone

REST = "rest"
"""What the door of scripts is called; some arguments are taken there alone."""


class Trust(StrEnum):
    """What a caller without a token is taken for."""

    NOBODY = "nobody"
    OWNER_OF_FILE = "owner_of_file"
    """A local door on SQLite: who can open the file can read it all anyway."""
    LOOPBACK = "loopback"
    """HTTP from this machine, good on SQLite while no token was ever made."""


@dataclass(frozen=True)
class Caller:
    """What a door knows of who is calling; the database has not been asked yet."""

    door: str
    token: str = ""
    trust: Trust = Trust.NOBODY
    organization_id: str = ""
    client: str = ""
    run: str = ""


@dataclass(frozen=True)
class Actor:
    """A member of one organisation, as they are in this transaction."""

    organization_id: str
    organization_name: str
    currency: str | None
    week_start: int
    live: bool
    member_id: str
    member_name: str
    role: Role
    scopes: frozenset[Scope]
    zone_name: str
    organization_zone_name: str
    token_id: str | None
    toolsets: str | None
    caller: Caller

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which this member's days begin and end."""
        return load_zone(self.zone_name)

    @property
    def blind(self) -> bool:
        """Whether this member sees no money, through any door."""
        return self.role is Role.MEMBER
