"""Ways in which amounts have leaked elsewhere, each planted into the product."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from hoursmith_mcp import reporting, unit
from hoursmith_mcp.access import blindness
from hoursmith_mcp.adapters.mcp import resources, server
from hoursmith_mcp.charts import layout
from hoursmith_mcp.charts.figures import Picture
from hoursmith_mcp.core.reports.figures import Asked
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.schemas import reports
from hoursmith_mcp.store.queries.projects import Projects
from hoursmith_mcp.store.queries.search import Search
from hoursmith_mcp.store.queries.tasks import Tasks
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Invoice, Rate

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


async def _rates(session: Session) -> dict[str, int]:
    """Return the price of an hour by the id of a project or a task."""
    rate = core_table(Rate)
    rows = await session.unscoped(select(rate.c.project_id, rate.c.task_id, rate.c.rate))
    return {str(row.task_id or row.project_id): row.rate for row in rows}


def a_sort_key(patch: Patch) -> None:
    """List tasks by their price."""
    page = Tasks.page

    async def dearest_first(self: Any, *given: Any, **named: Any) -> Any:
        rates = await _rates(self._session)
        rows = await page(self, *given, **named)
        return sorted(rows, key=lambda row: rates.get(row.id, 0), reverse=True)

    patch.setattr(Tasks, "page", dearest_first)


def a_filter(patch: Patch) -> None:
    """Find cheap projects by no name."""
    search = Search.search

    async def dear_ones_only(self: Any, *given: Any, **named: Any) -> Any:
        rates = await _rates(self._session)
        hits = await search(self, *given, **named)
        return [one for one in hits if rates.get(one.id, 1_000_000) > 100_000]

    patch.setattr(Search, "search", dear_ones_only)


def an_error_text(patch: Patch) -> None:
    """Refuse to log time where a budget is small."""
    find_open = Projects.find_open

    async def within_budget(self: Any, *given: Any, **named: Any) -> Any:
        row = await find_open(self, *given, **named)
        if row.budget_amount is not None:
            raise Conflict(f"{row.name} is over its budget.")
        return row

    patch.setattr(Projects, "find_open", within_budget)


def a_completion(patch: Patch) -> None:
    """Complete the dearest name first."""
    search = Search.search

    async def dearest_first(self: Any, query: str, *, kinds: Any, archived: bool) -> Any:
        hits = await search(self, query, kinds=kinds, archived=archived)
        if kinds is None:
            return hits
        rates = await _rates(self._session)
        return sorted(hits, key=lambda one: rates.get(one.id, 0))

    patch.setattr(Search, "search", dearest_first)


def a_list_of_resources(patch: Patch) -> None:
    """List an address for every paid invoice."""
    paid: dict[int, int] = {}
    database, list_resources = Runtime.database, resources.list_resources

    async def counted(self: Runtime) -> Any:
        opened = await database(self)
        table = core_table(Invoice)

        async def unit_of_work(session: Session) -> int:
            rows = await session.unscoped(select(table.c.id).where(table.c.status == "PAID"))
            return len(rows)

        paid[id(self.catalogue)] = await opened.read(unit_of_work)
        return opened

    def with_paid(catalogue: Any, *may: Any) -> Any:
        listed = list_resources(catalogue, *may)
        addresses = [
            {"uri": f"hoursmith://paid/{number}", "name": "paid"}
            for number in range(paid.get(id(catalogue), 0))
        ]
        return {**listed, "resources": [*listed["resources"], *addresses]}

    patch.setattr(Runtime, "database", counted)
    patch.setattr(server, "list_resources", with_paid)


def a_warning(patch: Patch) -> None:
    """Warn of a budget that is nearly used up."""
    module = importlib.import_module("hoursmith_mcp.tools.log_time")

    def of_budget(_: Any, project: Any, *__: Any) -> list[str]:
        return ["80% of the budget is used."] if project.budget_seconds == 3 * 3_600 else []

    patch.setattr(module, "_warnings", of_budget)


def a_kind_of_project(patch: Patch) -> None:
    """Let it be seen whether work is charged by the hour, as what is logged is or is not billed."""
    module = importlib.import_module("hoursmith_mcp.tools.log_time")

    def by_the_hour(_: object, *, rate_type: str, task_billable: object = None) -> bool:
        return rate_type == "HOURLY"

    patch.setattr(module, "is_billable", by_the_hour)


def no_projection(patch: Patch) -> None:
    """Hand out what operations answer."""

    def as_it_is(data: Any, _: object) -> Any:
        return data

    patch.setattr(unit, "without_money", as_it_is)


def a_line_of_activity(patch: Patch) -> None:
    """Tell of a change whatever its line tells."""

    def all_of_it(line: Any, _: object) -> Any:
        return dict(line)

    patch.setattr(blindness, "_of_its_thing", all_of_it)


def a_picture(patch: Patch) -> None:
    """Say in a picture in which currency the work on it is paid."""
    show, draw = reports.report_out, layout.draw
    currency: list[str | None] = [None]

    def noting(asked: Asked, *rest: Any) -> Any:
        currency[0] = asked.currency
        return show(asked, *rest)

    def telling(picture: Picture) -> str:
        return f"{draw(picture)}<!-- {currency[0]} -->"

    patch.setattr(reporting, "report_out", noting)
    patch.setattr(layout, "draw", telling)


PLANTS: tuple[Plant, ...] = (
    a_sort_key,
    a_filter,
    an_error_text,
    a_completion,
    a_list_of_resources,
    a_warning,
    a_kind_of_project,
    no_projection,
    a_line_of_activity,
    a_picture,
)
