"""Rounding: how time becomes billed time, for everybody, a client or a project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.refusal import Refusal, quoted
from hoursmith_mcp.core.repricing import Repricing, repricing
from hoursmith_mcp.core.rounding import RoundingPolicy, first_policy, stored_policy
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import ClientRef, Price, ProjectRef
from hoursmith_mcp.schemas.base import Hidden
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.pricing import RoundingOut, rounding_out

Level = Literal["organization", "client", "project"]

ORDER: tuple[Level, ...] = ("project", "client", "organization")
"""Which level's policy goes before which."""


class _Rounded(Protocol):
    """A row that may hold a policy."""

    @property
    def rounding_minutes(self) -> int | None: ...
    @property
    def rounding_mode(self) -> str | None: ...
    @property
    def rounding_per(self) -> str | None: ...


@dataclass(frozen=True)
class _Place:
    """What is rounded: a level, what it is of, and the policies there and above."""

    level: Level
    id: str
    name: str
    policies: dict[Level, RoundingPolicy | None]
    selection: Selection
    client_id: str | None = None

    @property
    def holds(self) -> RoundingPolicy:
        """The policy that holds here."""
        return first_policy(*(self.policies.get(level) for level in ORDER))

    def shown(self, repriced: Repricing) -> RoundingOut:
        """Show what holds here, and which level decides it."""
        decides = (level for level in ORDER if self.policies.get(level) is not None)
        return rounding_out(
            self.id,
            self.holds,
            repriced,
            level=self.level,
            name=self.name,
            decided_by=next(decides, "organization"),
            project_id=self.id if self.level == "project" else None,
            client_id=self.client_id,
        )


@operation(
    toolset="billing",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="POST /rounding",
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def set_rounding(
    call: Call,
    client: ClientRef | None = None,
    project: ProjectRef | None = None,
    minutes: Annotated[
        Price, Field(description="0 (none), 1, 5, 6, 10, 15, 30 or 60; empty to inherit.")
    ]
    | None = None,
    mode: Annotated[Hidden[Literal["up", "nearest", "down"]], Field(description="Direction.")]
    | None = None,
    per: Annotated[Hidden[Literal["entry", "line"]], Field(description="What is rounded.")]
    | None = None,
) -> RoundingOut:
    """Set how billed time is rounded, for a client, a project, or all that has no own rounding."""
    place = await _place(call, client, project)
    _permit(call, place.level)
    policy = _wanted(place, minutes, mode, per)
    if policy == place.policies[place.level]:
        return place.shown(Repricing(0, ()))
    before = await call.store.open_work.of(place.selection)
    await _store(call, place, policy)
    after = await call.store.open_work.of(place.selection)
    now = replace(place, policies={**place.policies, place.level: policy})
    result = now.shown(repricing(before, after))
    call.emit("rounding.updated", result, before=place.shown(Repricing(0, ())))
    return result


async def _place(call: Call, client: str | None, project: str | None) -> _Place:
    if client is not None and project is not None:
        raise InvalidInput("A project belongs to one client: give client or project, not both.")
    organization = await call.store.organization.get()
    policies: dict[Level, RoundingPolicy | None] = {"organization": _policy(organization)}
    if project is not None:
        row = await call.store.projects.find(project, writing=True)
        policies["client"] = _policy(await call.store.clients.get(row.client_id))
        policies["project"] = _policy(row)
        selection = Selection(project_ids=(row.id,), with_fees=False)
        return _Place("project", row.id, row.name, policies, selection, row.client_id)
    if client is not None:
        owner = await call.store.clients.find(client, writing=True)
        policies["client"] = _policy(owner)
        selection = Selection(client_id=owner.id, with_fees=False)
        return _Place("client", owner.id, owner.name, policies, selection, owner.id)
    everything = Selection(with_fees=False)
    return _Place("organization", organization.id, organization.name, policies, everything)


def _permit(call: Call, level: Level) -> None:
    """Refuse who may change projects, and not clients or the whole organisation."""
    if level == "client":
        call.permit(Scope.CLIENTS_WRITE, Role.MANAGER)
    if level == "organization":
        call.permit(Scope.ORGANIZATION_WRITE, Role.ADMIN)


def _wanted(
    place: _Place, minutes: str | None, mode: Any | None, per: Any | None
) -> RoundingPolicy | None:
    """Return the new policy of the level: what is left out stays as it holds; None inherits."""
    with reading("minutes"):
        if minutes is not None and not minutes.strip():
            _refuse_inheriting(place, mode, per)
            return None
        if minutes is None and mode is None and per is None:
            return place.policies[place.level]
        holds = place.holds
        number = _minutes(minutes) if minutes is not None else holds.minutes
        return RoundingPolicy(number, mode or holds.mode, per or holds.per)


def _refuse_inheriting(place: _Place, mode: str | None, per: str | None) -> None:
    if place.level == "organization":
        raise Refusal("the organisation has nothing to inherit from; write 0 for no rounding.")
    if mode is not None or per is not None:
        raise Refusal("what is inherited has its own mode and per; leave them out.")


def _minutes(text: str) -> int:
    word = text.strip()
    if not (word.isascii() and word.isdigit() and len(word) <= 4):
        raise Refusal(f"{quoted(text)} is no number of minutes; write it like 15.")
    return int(word)


async def _store(call: Call, place: _Place, policy: RoundingPolicy | None) -> None:
    values = {
        "rounding_minutes": policy.minutes if policy is not None else None,
        "rounding_mode": policy.mode if policy is not None else None,
        "rounding_per": policy.per if policy is not None else None,
    }
    match place.level:
        case "project":
            await call.store.projects.update(place.id, values)
        case "client":
            await call.store.clients.update(place.id, values)
        case "organization":
            await call.store.organization.update(values)


def _policy(row: _Rounded) -> RoundingPolicy | None:
    return stored_policy(row.rounding_minutes, row.rounding_mode, row.rounding_per)
