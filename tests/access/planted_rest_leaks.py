"""Ways in which HTTP and lists tell of what is hidden, each planted into the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planted_leaks import Patch, Plant
from sqlalchemy import String, case, cast

from hoursmith_mcp.adapters.rest import door
from hoursmith_mcp.adapters.rest.answers import envelope
from hoursmith_mcp.adapters.rest.etags import Tags, etag
from hoursmith_mcp.adapters.rest.names import outward
from hoursmith_mcp.call import Call
from hoursmith_mcp.errors import PreconditionFailed
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.paging import write_cursor
from hoursmith_mcp.store.queries import listed, listing
from hoursmith_mcp.store.queries.listed import SOURCES
from hoursmith_mcp.store.session import core_table
from hoursmith_mcp.store.tables import Project, TimeEntry
from hoursmith_mcp.unit import Answer, Expected, Unit, compact_json


def _whole_answers(patch: Patch) -> list[Mapping[str, Any]]:
    """Return a list that holds the last answer, as it is before anything is taken out of it."""
    last: list[Mapping[str, Any]] = [{}]
    offering: Any = vars(Unit)["_offering"]

    def remembering(self: Unit, answer: Answer, actor: Any) -> Answer:
        last[0] = answer.data
        shown: Answer = offering(self, answer, actor)
        return shown

    patch.setattr(Unit, "_offering", remembering)
    return last


def an_entity_tag(patch: Patch) -> None:
    """Make entity tags of all that there is."""
    last = _whole_answers(patch)

    def of_the_whole(_: bytes) -> str:
        return etag(compact_json(last[0]).encode())

    patch.setattr(door, "etag", of_the_whole)


def a_comparison_before_a_change(patch: Patch) -> None:
    """Take a change for late where a budget in hours is there beside what is changed."""
    compare: Any = vars(Unit)["_compare"]

    async def beside_a_budget(self: Unit, expected: Expected, call: Call) -> None:
        await compare(self, expected, call)
        project = await call.store.projects.find("Website", writing=False)
        if project.budget_seconds is not None:
            raise PreconditionFailed("It was changed since.")

    patch.setattr(Unit, "_compare", beside_a_budget)


def a_comparison_before_an_answer(patch: Patch) -> None:
    """Answer "not modified" to whoever has the tag of all that there is."""
    last = _whole_answers(patch)
    know = Tags.know

    def know_the_whole(self: Tags, tag: str) -> bool:
        whole = etag(compact_json({"data": outward(last[0])}).encode())
        return know(self, tag) or know(self, whole)

    patch.setattr(Tags, "know", know_the_whole)


def a_date_in_a_header(patch: Patch) -> None:
    """Say when something was last modified, by a price too."""
    last = _whole_answers(patch)
    read: Any = vars(door)["_read"]

    def dated(*given: Any, **named: Any) -> Any:
        response = read(*given, **named)
        response.headers["Last-Modified"] = str(last[0].get("updated_at"))
        return response

    patch.setattr(door, "_read", dated)


def a_length(patch: Patch) -> None:
    """Fill answers up with as many spaces as something hidden was long."""
    last = _whole_answers(patch)

    def filled(result: Any, data: dict[str, Any], limit: int | None) -> bytes:
        taken_out = len(compact_json(last[0])) - len(compact_json(data))
        return envelope(result, data, limit) + b" " * taken_out

    patch.setattr(door, "envelope", filled)


def a_hidden_order(patch: Patch) -> None:
    """Let anybody sort projects by when they last changed, which prices do."""
    seen = Operation.seen

    def all_of_a_list(self: Operation, *, blind: bool) -> Operation:
        return seen(self, blind=blind and self.name != "filter_projects")

    patch.setattr(Operation, "seen", all_of_a_list)


def an_order_beside_it(patch: Patch) -> None:
    """Sort equal ones by their fee."""
    order: Any = vars(listing)["_order"]
    fee = core_table(Project).c.fixed_fee

    def dearest_first(source: Any, by: Any, *, descending: bool) -> tuple[Any, ...]:
        first, *rest = order(source, by, descending=descending)
        return (first, fee.desc(), *rest) if source is SOURCES["projects"] else (first, *rest)

    patch.setattr(listing, "_order", dearest_first)


def a_hidden_column(patch: Patch) -> None:
    """Search for text in budgets, too."""
    projects = SOURCES["projects"]
    budget = cast(core_table(Project).c.budget_amount, String)
    _put(patch, "projects", replace(projects, searched=(*projects.searched, budget)))


def a_hidden_filter(patch: Patch) -> None:
    """Count a project that has a fee among those that are done."""
    table = core_table(Project)
    status = case((table.c.fixed_fee.is_not(None), "COMPLETED"), else_=table.c.status)
    columns = {**SOURCES["projects"].columns, "status": status}
    _put(patch, "projects", replace(SOURCES["projects"], columns=columns))


def a_cursor(patch: Patch) -> None:
    """Write the budget of what stands last into the cursor."""
    slice_of = listing.slice_of

    async def with_budget(session: Any, source: Any, wanted: Any, owner: str) -> Any:
        found = await slice_of(session, source, wanted, owner)
        if found.next_cursor is None or wanted.things != "projects":
            return found
        table = core_table(Project)
        rows = await session.unscoped(table.select().where(table.c.id == found.ids[-1]))
        budget = f"{rows[0].budget_amount} {rows[0].budget_seconds}"
        cursor = write_cursor((budget, found.ids[-1]), wanted)
        return replace(found, next_cursor=cursor)

    patch.setattr(listed, "slice_of", with_budget)


def a_shorter_page(patch: Patch) -> None:
    """Leave hidden ones out only after the page was cut."""
    slice_of = listing.slice_of

    async def cut_first(session: Any, source: Any, wanted: Any, owner: str) -> Any:
        found = await slice_of(session, source, wanted, owner)
        if wanted.things != "time_entries":
            return found
        table = core_table(TimeEntry)
        newest = table.select().order_by(table.c.created_at.desc()).limit(wanted.limit)
        kept = {row.id for row in await session.unscoped(newest)}
        return replace(found, ids=[one for one in found.ids if one in kept])

    patch.setattr(listed, "slice_of", cut_first)


def a_count(patch: Patch) -> None:
    """Say in a header how many there are for everybody."""
    slice_of, read = listing.slice_of, vars(door)["_read"]
    counted = [0]

    async def counting(session: Any, source: Any, wanted: Any, owner: str) -> Any:
        counted[0] = len(await session.unscoped(core_table(Project).select()))
        return await slice_of(session, source, wanted, owner)

    def told(*given: Any, **named: Any) -> Any:
        response = read(*given, **named)
        response.headers["X-Total-Count"] = str(counted[0])
        return response

    patch.setattr(listed, "slice_of", counting)
    patch.setattr(door, "_read", told)


def _put(patch: Patch, things: str, source: Any) -> None:
    patch.setattr(listed, "SOURCES", {**SOURCES, things: source})


OF_ANSWERS: tuple[Plant, ...] = (an_entity_tag, a_date_in_a_header, a_length, a_count)
OF_CONDITIONS: tuple[Plant, ...] = (a_comparison_before_a_change, a_comparison_before_an_answer)
OF_LISTS: tuple[Plant, ...] = (
    a_hidden_order,
    an_order_beside_it,
    a_hidden_column,
    a_hidden_filter,
    a_cursor,
    a_shorter_page,
)
"""All are found over REST; all but the first at the door without any protocol, too."""
