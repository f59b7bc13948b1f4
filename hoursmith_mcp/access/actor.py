"""Callers, who ask, and actors, whom the database knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from hoursmith_mcp.access.roles import Role, Scope

REST = "rest"
"""What the door of scripts is called; some arguments are taken there alone."""
MOST_LABEL_CHARACTERS = 200


class Trust(StrEnum):
    """What a caller without a token is taken for."""

    NOBODY = "nobody"
    OWNER_OF_FILE = "owner_of_file"
    """A local door on SQLite: who can open the file can read it all anyway."""
    LOOPBACK = "loopback"
    """HTTP from this machine, good on SQLite while no token was ever made."""


@dataclass(frozen=True)
class Identity:
    """A person as an authorization server vouches for them, and until when (microseconds)."""

    email: str
    scopes: frozenset[Scope]
    expires_at: int


@dataclass(frozen=True)
class Mandate:
    """A member in whose name the house itself acts, because they asked for it before.

    No door makes one. It lends their right of now, and of that no more than these scopes.
    """

    member_id: str
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class Caller:
    """What a door knows of who is calling; the database has not been asked yet."""

    door: str
    token: str = ""
    trust: Trust = Trust.NOBODY
    organization_id: str = ""
    client: str = ""
    run: str = ""
    identity: Identity | None = None
    mandate: Mandate | None = None

    @property
    def client_label(self) -> str | None:
        """The name of the client, as it is kept."""
        return _label(self.client)

    @property
    def run_label(self) -> str | None:
        """The name of the run, as it is kept."""
        return _label(self.run)


@dataclass(frozen=True)
class Actor:
    """A member of one organisation, as they are in this transaction."""

    organization_id: str
    organization_name: str
    currency: str | None
    week_start: int
    fiscal_year_start: int
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
    is_limited: bool = False
    """Whether the token reaches only the projects that it names."""

    is_invitation: bool = False
    """Whether the token is good for nothing but accepting an invitation."""

    expires_at: int | None = None
    """When the token stops being good, in microseconds."""

    last_used_at: int | None = None
    """When the token was last used as far as it is known, in microseconds."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which this member's days begin and end; raises UnknownZone."""
        return _zone(self.zone_name)

    @cached_property
    def organization_zone(self) -> ZoneInfo:
        """The zone in which the organisation's days begin and end; raises UnknownZone."""
        return _zone(self.organization_zone_name)

    def zone_of(self, name: str | None) -> ZoneInfo:
        """Return the zone that a member's row names; without one it is the organisation's."""
        return _zone(name or self.organization_zone_name)

    @property
    def confined(self) -> bool:
        """Whether some projects are not there for them: a Member's, or a limited token's."""
        return self.blind or self.is_limited

    @property
    def blind(self) -> bool:
        """Whether this member sees no money, through any door."""
        return self.role is Role.MEMBER


def _zone(name: str) -> ZoneInfo:
    from hoursmith_mcp.store.zones import stored_zone

    return stored_zone(name)


def _label(text: str) -> str | None:
    """Return what can be read of a name that a client gave, and be stored by every database."""
    shown = "".join(character for character in text if character.isprintable()).strip()
    return shown[:MOST_LABEL_CHARACTERS] or None
