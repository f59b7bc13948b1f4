"""What a schedule takes of a client's work, and how it bills that: as it is said, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hoursmith_mcp.call import reading
from hoursmith_mcp.core.exclusions import lasting_wish
from hoursmith_mcp.core.grouping import parse_grouping
from hoursmith_mcp.core.names import Candidate
from hoursmith_mcp.core.refusal import quoted
from hoursmith_mcp.core.stored_schedules import DISCOUNT_CURRENCY
from hoursmith_mcp.core.totals import parse_discount
from hoursmith_mcp.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hoursmith_mcp.call import Call
    from hoursmith_mcp.store.tables import Client

_TOLD = {
    "projects": "only",
    "exclude": "without",
    "group_by": "by",
    "discount": "less",
    "po_number": "with the PO number",
    "notes": "with the notes",
}


async def selection_of(call: Call, owner: Client, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of what to bill, as it is kept; raises for what nobody could bill.

    None is not said. What is empty takes back what was: all projects, nothing left out, no notes.
    """
    selection = {name: part for name, part in said.items() if part is not None}
    if wanted := selection.get("projects"):
        selection["projects"] = await _project_ids(call, owner, wanted)
    if wishes := selection.get("exclude"):
        selection["exclude"] = await _lasting(call, owner.id, wishes)
    if grouping := selection.get("group_by"):
        with reading("group_by"):
            parse_grouping(grouping)
    if "discount" in selection:
        selection[DISCOUNT_CURRENCY] = _discount_currency(call, owner, selection["discount"])
    return selection


def _discount_currency(call: Call, owner: Client, discount: str) -> str:
    """Return the currency that a discount is an amount in; "" where it is none."""
    if not discount:
        return ""
    currency = owner.currency or call.actor.currency
    if currency is None:
        raise Conflict(f"{owner.name} has no currency yet: set one before a discount.")
    with reading("discount"):
        return currency if parse_discount(discount, currency).amount_minor is not None else ""


async def _project_ids(call: Call, owner: Client, wanted: Sequence[str]) -> list[str]:
    found = [await call.store.projects.find(one, writing=True) for one in wanted]
    for project in found:
        if project.client_id != owner.id:
            sentence = f"projects: {project.name} is a project of {project.client_name}."
            raise InvalidInput(sentence, fields={"projects": sentence})
    return [project.id for project in found]


async def _lasting(call: Call, client_id: str, wishes: Sequence[str]) -> list[str]:
    """Return what every invoice leaves out, as it is stored; raises for names that fit several."""
    named = await _named(call, client_id)
    with reading("exclude"):
        return [lasting_wish(wish, named) for wish in wishes if wish]


async def _named(call: Call, client_id: str) -> list[Candidate]:
    """Return what of a client has a name that work is known by."""
    projects = await call.store.projects.of_client(client_id)
    tasks = await call.store.tasks.of_client(client_id)
    return [
        *(Candidate(task.id, task.name, task.project_name) for task in tasks),
        *(Candidate(project.id, project.name) for project in projects),
    ]


async def told_selection(call: Call, client_id: str, selection: Mapping[str, Any]) -> str:
    """Say what is billed and how, to stand behind the days; "" where all of it is, as usual."""
    if not selection:
        return ""
    names = {one.id: one.label for one in await _named(call, client_id)}
    said: list[str] = []
    for name, word in _TOLD.items():
        part = selection.get(name)
        if part:
            values = [part] if isinstance(part, str) else part
            said.append(f"{word} {', '.join(names.get(one) or quoted(one) for one in values)}")
    return f" ({'; '.join(said)})"
