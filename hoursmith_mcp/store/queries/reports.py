"""Reports: the figures of each kind, read from the rows."""

from __future__ import annotations

from collections.abc import Iterable

from hoursmith_mcp.core.reports.figures import Asked, Figure
from hoursmith_mcp.core.reports.tables import Table, tabulate
from hoursmith_mcp.core.reports.working_time import gap_figures, utilisation_figures
from hoursmith_mcp.store.queries.reported_money import receivable_figures, revenue_figures
from hoursmith_mcp.store.queries.reported_people import people, work_by_day
from hoursmith_mcp.store.queries.reported_projects import profitability_figures
from hoursmith_mcp.store.queries.reported_time import time_figures
from hoursmith_mcp.store.queries.reported_work import unbilled_report_figures
from hoursmith_mcp.store.session import Session


class Reports:
    """The reports of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def table(self, asked: Asked) -> Table:
        """Return a report: its figures, grouped and summed."""
        await self._session.plan_for_values()
        figures = await self._figures(asked)

        def tabulated() -> Table:
            return tabulate(figures, asked.groupings, by=asked.kind.measures, most=asked.most)

        # Figures are made while they are added up, so nobody knows how many there will be.
        return await self._session.aside(tabulated)

    async def _figures(self, asked: Asked) -> Iterable[Figure]:
        """Return the figures of a report, at least as fine as it is grouped."""
        match asked.kind.name:
            case "time":
                return await time_figures(self._session, asked)
            case "unbilled":
                return await unbilled_report_figures(self._session, asked)
            case "revenue":
                return await revenue_figures(self._session, asked)
            case "profitability":
                return await profitability_figures(self._session, asked)
            case "receivables":
                return await receivable_figures(self._session, asked)
            case "utilisation" | "gaps":
                return await self._of_working_time(asked)

    async def _of_working_time(self, asked: Asked) -> Iterable[Figure]:
        assert asked.period is not None, "working time has a period"
        figures = utilisation_figures if asked.kind.name == "utilisation" else gap_figures
        work = await work_by_day(self._session, asked)
        who = await people(self._session, asked)
        return figures(who, work, asked.period, asked.today, asked.week_start)
