"""Rates: what an hour costs, at six levels and from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hoursmith_mcp.access.levels import permit_level
from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.call import Call, reading
from hoursmith_mcp.core.dates import far_off
from hoursmith_mcp.core.money import parse_currency, parse_rate
from hoursmith_mcp.core.rates import RateLevel, rate_on, start_sentences
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.repricing import repricing
from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.operation import BY_ROWS, operation
from hoursmith_mcp.schemas.arguments import (
    ClientRef,
    DueDayText,
    Line,
    MemberRef,
    Price,
    ProjectRef,
    TaskRef,
)
from hoursmith_mcp.schemas.base import Hidden
from hoursmith_mcp.schemas.filters import Selection
from hoursmith_mcp.schemas.pricing import RateOut, rate_out


@dataclass(frozen=True)
class _Place:
    """What a rate is for; `currency` is what its work is billed in, where that is one."""

    level: RateLevel
    ids: dict[str, str]
    selection: Selection
    currency: str | None
    name: str | None = None


@operation(
    toolset="billing",
    scope=Scope.PROJECTS_WRITE,
    least=Role.MANAGER,
    rest="POST /rates",
    creates=True,
    read_only=False,
    destructive=True,
    idempotent=True,
    open_world=False,
    undo=BY_ROWS,
)
async def set_rate(
    call: Call,
    rate: Annotated[Price, Field(description="Price of an hour.")],
    client: ClientRef | None = None,
    project: ProjectRef | None = None,
    task: TaskRef | None = None,
    member: Annotated[MemberRef, Field(description="Member; with project: only there.")]
    | None = None,
    rate_from: Annotated[DueDayText, Field(description="Day from which it holds.")] = "today",
    currency: Annotated[Hidden[Line], Field(description="For a member or everybody, as USD.")]
    | None = None,
) -> RateOut:
    """Set what an hour of a client, project, task or member costs, or any hour, from a day on."""
    place = await _place(call, client, project, task, member)
    permit_level(call, place.level)
    with reading("rate"):
        price = parse_rate(rate)
    money = _currency(call, place, currency)
    day = call.due_day(rate_from, "rate_from")
    before = await call.store.open_work.of(place.selection)
    done = await call.store.rates.set(
        call.new_id("rt"), rate=price, currency=money, today=call.today, from_day=day, **place.ids
    )
    after = await call.store.open_work.of(place.selection)
    records = [one for one in await call.store.rates.of_level(**place.ids) if one.currency == money]
    record = rate_on(records, day)
    assert record is not None, "a rate that was just set holds"
    result = rate_out(
        record,
        repricing(before, after),
        level=place.level,
        name=place.name,
        later=[one for one in records if (one.starts_on or "") > (record.starts_on or "")],
        warnings=[
            # Whoever names a day takes the days before it to keep their price.
            *start_sentences(record, holds_today=True, day_was_given=day != call.today),
            *(far_off(day, call.today) if day > call.today else ()),
        ],
    )
    if done.is_new:
        call.emit("rate.created", result)
    return result


async def _place(
    call: Call, client: str | None, project: str | None, task: str | None, member: str | None
) -> _Place:
    named = {"client": client, "project": project, "task": task, "member": member}
    given = {name for name, text in named.items() if text is not None}
    if given not in _TOGETHER:
        raise InvalidInput(
            "A rate is for a client, a project, a task, a member, a member on a project, or for "
            f"everything: {' and '.join(sorted(given))} do not go together."
        )
    if task is not None:
        return await _of_task(call, task, project)
    if project is not None:
        return await _of_project(call, project, member)
    if client is not None:
        owner = await call.store.clients.find(client, writing=True)
        return _Place(
            RateLevel.CLIENT,
            {"client_id": owner.id},
            Selection(client_id=owner.id, with_fees=False),
            owner.currency or call.actor.currency,
            owner.name,
        )
    everything = Selection(with_fees=False)
    if member is None:
        return _Place(RateLevel.ORGANIZATION, {}, everything, None)
    person = await call.store.members.find(member)
    return _Place(RateLevel.MEMBER, {"member_id": person.id}, everything, None, person.name)


_TOGETHER: list[set[str]] = [
    set(),
    {"client"},
    {"project"},
    {"task"},
    {"member"},
    {"project", "task"},
    {"project", "member"},
]


async def _of_task(call: Call, task: str, project: str | None) -> _Place:
    if project is None:
        found = await call.store.tasks.find(task, writing=True)
    else:
        within = await call.store.projects.find(project, writing=True)
        found = await call.store.tasks.find_open(within.id, task)
    row = await call.store.projects.get(found.project_id)
    return _Place(
        RateLevel.TASK,
        {"task_id": found.id},
        Selection(project_ids=(row.id,), with_fees=False),
        row.client_currency or call.actor.currency,
        f"{found.name} ({row.name})",
    )


async def _of_project(call: Call, project: str, member: str | None) -> _Place:
    row = await call.store.projects.find(project, writing=True)
    level, ids, name = RateLevel.PROJECT, {"project_id": row.id}, row.name
    if member is not None:
        person = await call.store.members.find(member)
        level, ids["member_id"] = RateLevel.PROJECT_MEMBER, person.id
        name = f"{person.name} on {row.name}"
    currency = row.client_currency or call.actor.currency
    return _Place(level, ids, Selection(project_ids=(row.id,), with_fees=False), currency, name)


def _currency(call: Call, place: _Place, text: str | None) -> str:
    with reading("currency"):
        wanted = parse_currency(text) if text else None
        if place.currency is not None and wanted not in (None, place.currency):
            raise Refusal(
                f"{place.name} is billed in {place.currency}, and a rate in {wanted} would be "
                "passed over. Leave currency out."
            )
        found = wanted or place.currency or call.actor.currency
        if found is None:
            raise Refusal(
                "there is none to put the rate in. Give the client one with "
                'update_client(currency="EUR"), or the organisation with set_up(currency="EUR").'
            )
    return found
