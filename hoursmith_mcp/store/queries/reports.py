"""Reports: the figures of each kind, read from the rows."""

from __future__ import annotations

from collections.abc import Iterable

from hoursmith_mcp.core.reports.figures import Asked, Figure
from hoursmith_mcp.core.reports.working_time import gap_figures, utilisation_figures
from hoursmith_mcp.store.queries.reported_money import receivable_figures, revenue_figures
from hoursmith_mcp.store.queries.reported_projects import profitability_figures
from hoursmith_mcp.store.queries.reported_time import people, time_figures, work_by_day
from hoursmith_mcp.store.queries.reported_work import unbilled_report_figures
from hoursmith_mcp.store.session import Session


class Reports:
    """The reports of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def figures(self, asked: Asked) -> Iterable[Figure]:
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
