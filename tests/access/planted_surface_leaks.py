"""Ways in which reports, files, pictures and plans tell of what is hidden, each planted."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from hoursmith_mcp import reporting, unit
from hoursmith_mcp.access import blindness
from hoursmith_mcp.charts import layout
from hoursmith_mcp.charts.figures import Picture
from hoursmith_mcp.core.reports.figures import Asked
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.schemas.reports import report_out
from hoursmith_mcp.schemas.seen import Models, seen_fields
from hoursmith_mcp.schemas.to_do import ToDo
from hoursmith_mcp.store.queries.clients import Clients
from hoursmith_mcp.store.queries.reports import Reports
from hoursmith_mcp.store.session import Session, core_table
from hoursmith_mcp.store.tables import Client, Invoice

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Plant:
    """A leak, and what stands in the names of where it shows."""

    put: Callable[[Patch], None]
    at: str

    def __repr__(self) -> str:
        """Name it."""
        return self.put.__name__


def the_hours_of_others(patch: Patch) -> None:
    """Report on everybody."""
    table = Reports.table

    async def of_all(self: Reports, asked: Asked) -> Any:
        vars(self)["_session"].confinement = None
        return await table(self, asked)

    patch.setattr(Reports, "table", of_all)


def a_field_that_is_not_hidden(patch: Patch) -> None:
    """Show whether work is charged by the hour or by a fee."""

    def with_kind(model: type[BaseModel]) -> Mapping[str, Models]:
        more: Mapping[str, Models] = {"rate_type": ()} if "rate_type" in model.model_fields else {}
        return {**seen_fields(model), **more}

    patch.setattr(blindness, "seen_fields", with_kind)


def rows_as_they_are(patch: Patch) -> None:
    """Hide nothing of what is exported."""

    def as_it_is(data: Any, _: object) -> Any:
        return data

    patch.setattr(unit, "without_money", as_it_is)


def an_axis_of_money(patch: Patch) -> None:
    """Draw a line where the currency of the house says."""
    draw, height = layout.draw, [0]

    def noting(asked: Asked, *rest: Any) -> Any:
        height[0] = ord((asked.currency or " ")[0])
        return report_out(asked, *rest)

    def lined(picture: Picture) -> str:
        panels = [replace(one, limit=height[0] * 1_000) for one in picture.panels]
        return draw(replace(picture, panels=tuple(panels)))

    patch.setattr(reporting, "report_out", noting)
    patch.setattr(layout, "draw", lined)


def an_invoice_to_be_sent(patch: Patch) -> None:
    """Tell everybody of drafts."""
    module = importlib.import_module("hoursmith_mcp.tools.overview")
    invoice = core_table(Invoice)

    async def of_drafts(call: Any, *_: object) -> list[ToDo]:
        drafts = select(invoice.c.id).where(invoice.c.status == "DRAFT")
        session: Session = getattr(call.store.invoices, "_session")  # noqa: B009  # it is private
        rows = await session.unscoped(drafts)
        return [ToDo(what=f"{row.id} waits.") for row in rows]

    patch.setattr(module, "_thin_days", of_drafts)


def a_client_of_others(patch: Patch) -> None:
    """Say that what is looked for is there, and not theirs."""
    find = Clients.find

    async def telling(self: Clients, text: str, **how: Any) -> Client:
        try:
            return await find(self, text, **how)
        except NotFound:
            names = select(core_table(Client).c.name)
            rows = await vars(self)["_session"].unscoped(names)
            there = "not yours" if text in [row.name for row in rows] else "nowhere"
            raise NotFound(f"{text} is {there}.") from None

    patch.setattr(Clients, "find", telling)


PLANTS = (
    Plant(the_hours_of_others, at="utilisation"),
    Plant(a_field_that_is_not_hidden, at="projects.ndjson"),
    Plant(rows_as_they_are, at="projects."),
    Plant(an_axis_of_money, at=".svg"),
    Plant(an_invoice_to_be_sent, at="overview"),
    Plant(a_client_of_others, at="report time by"),
)
