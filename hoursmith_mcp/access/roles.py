"""Roles and scopes: the two closed lists that permission is made of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """What a member may do; a higher role may do all that a lower one may."""

    MEMBER = 1
    MANAGER = 2
    ADMIN = 3
    OWNER = 4


class Scope(StrEnum):
    """What a token may be used for, within its member's role."""

    TIME_READ = "time:read"
    TIME_WRITE = "time:write"
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    PROJECTS_READ = "projects:read"
    PROJECTS_WRITE = "projects:write"
    INVOICES_READ = "invoices:read"
    INVOICES_WRITE = "invoices:write"
    INVOICES_SEND = "invoices:send"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_WRITE = "payments:write"
    EXPENSES_READ = "expenses:read"
    EXPENSES_WRITE = "expenses:write"
    REPORTS_READ = "reports:read"
    ORGANIZATION_WRITE = "organization:write"
    MEMBERS_WRITE = "members:write"
    TOKENS_WRITE = "tokens:write"
    WEBHOOKS_WRITE = "webhooks:write"
    ACTIVITY_READ = "activity:read"

    @property
    def writes(self) -> bool:
        """Whether it lets something be changed, or sent out of the house."""
        return not self.endswith(":read")


ALL_SCOPES = frozenset(Scope)

_LEAST = {
    Scope.CLIENTS_WRITE: Role.MANAGER,
    Scope.INVOICES_READ: Role.MANAGER,
    Scope.INVOICES_WRITE: Role.MANAGER,
    Scope.INVOICES_SEND: Role.MANAGER,
    Scope.PAYMENTS_READ: Role.MANAGER,
    Scope.EXPENSES_READ: Role.MANAGER,
    Scope.EXPENSES_WRITE: Role.MANAGER,
    Scope.PAYMENTS_WRITE: Role.ADMIN,
    Scope.ORGANIZATION_WRITE: Role.ADMIN,
    Scope.WEBHOOKS_WRITE: Role.ADMIN,
}
"""The lowest role that a scope is good for anything to, where it is not every one."""


def scopes_within(role: Role, scopes: Iterable[Scope]) -> list[str]:
    """Return those of a token's scopes that its member's role lets it use, in their order."""
    return sorted(one for one in scopes if role >= _LEAST.get(one, Role.MEMBER))


LIMITED_SCOPES = frozenset(
    {
        Scope.TIME_READ,
        Scope.TIME_WRITE,
        Scope.PROJECTS_READ,
        Scope.PROJECTS_WRITE,
        Scope.CLIENTS_READ,
        Scope.REPORTS_READ,
    }
)
"""What a token may be used for at most that is limited to some projects."""
