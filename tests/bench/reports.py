"""What a report costs that is a sum: to the SQL that somebody would write for it by hand."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from measure import Row, interleaved, percentile
from places import PLACES, Place
from servers import Served
from volume import (
    CLIENTS,
    MANY,
    NEWEST_DAY,
    PROJECTS,
    PROJECTS_OF_CLIENT,
    House,
    Work,
    connect_to_fill,
    fill,
    folder,
    insert,
    instant_us,
)

from hoursmith_mcp.core.ids import new_id

CALLS = 5
DAYS = 3_650
INVOICES = 100_000
FIRST_DAY = NEWEST_DAY - timedelta(days=DAYS)
PERIOD = {"from_date": FIRST_DAY.isoformat(), "to_date": NEWEST_DAY.isoformat()}

TIME_BY_MONTH = f"""
    SELECT substr(entry_date, 1, 7), sum(duration_seconds),
        sum(CASE WHEN billable THEN duration_seconds ELSE 0 END)
    FROM time_entry
    WHERE organization_id = (SELECT id FROM organization) AND deleted_at IS NULL
        AND entry_date BETWEEN '{FIRST_DAY}' AND '{NEWEST_DAY}'
    GROUP BY 1"""
TIME_BY_DAY_AND_PROJECT = f"""
    SELECT p.name, t.* FROM (
        SELECT entry_date, project_id, sum(duration_seconds) AS seconds,
            sum(CASE WHEN billable THEN duration_seconds ELSE 0 END), count(*) OVER (),
            sum(sum(duration_seconds)) OVER (),
            sum(sum(CASE WHEN billable THEN duration_seconds ELSE 0 END)) OVER ()
        FROM time_entry
        WHERE organization_id = (SELECT id FROM organization) AND deleted_at IS NULL
            AND entry_date BETWEEN '{FIRST_DAY}' AND '{NEWEST_DAY}'
        GROUP BY 1, 2 ORDER BY 1 DESC, 3 DESC LIMIT 400
    ) t JOIN project p ON p.id = t.project_id"""
RECEIVABLES = """
    SELECT c.name, i.currency, sum(due),
        sum(CASE WHEN age <= 0 THEN due ELSE 0 END),
        sum(CASE WHEN age BETWEEN 1 AND 30 THEN due ELSE 0 END),
        sum(CASE WHEN age BETWEEN 31 AND 60 THEN due ELSE 0 END),
        sum(CASE WHEN age BETWEEN 61 AND 90 THEN due ELSE 0 END),
        sum(CASE WHEN age > 90 THEN due ELSE 0 END)
    FROM (
        SELECT client_id, currency, total - paid + refunded - credited - written_off AS due,
            {days_since_due} AS age
        FROM invoice
        WHERE organization_id = (SELECT id FROM organization) AND status = 'SENT'
            AND deleted_at IS NULL
    ) i JOIN client c ON c.id = i.client_id
    WHERE due > 0
    GROUP BY 1, 2"""
MONTH = "2026-10"
PROFITABILITY = f"""
    SELECT p.name, c.name, hours, billable_hours, revenue, spent_hours, spent, earned
    FROM project p JOIN client c ON c.id = p.client_id
    LEFT JOIN (
        SELECT t.project_id, sum(t.duration_seconds) AS spent_hours,
            sum(CASE WHEN t.billable THEN t.duration_seconds * r.rate ELSE 0 END) AS spent
        FROM time_entry t JOIN rate r ON r.project_id = t.project_id
        WHERE t.organization_id = (SELECT id FROM organization) AND t.deleted_at IS NULL
            AND t.entry_date <= '{MONTH}-31'
        GROUP BY 1
    ) used ON used.project_id = p.id
    LEFT JOIN (
        SELECT project_id, sum(duration_seconds) AS hours,
            sum(CASE WHEN billable THEN duration_seconds ELSE 0 END) AS billable_hours
        FROM time_entry
        WHERE organization_id = (SELECT id FROM organization) AND deleted_at IS NULL
            AND entry_date BETWEEN '{MONTH}-01' AND '{MONTH}-31'
        GROUP BY 1
    ) worked ON worked.project_id = p.id
    LEFT JOIN (
        SELECT l.project_id, sum(l.amount) AS revenue
        FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id
        WHERE i.organization_id = (SELECT id FROM organization) AND i.status <> 'CANCELLED'
            AND i.deleted_at IS NULL AND i.issue_date BETWEEN '{MONTH}-01' AND '{MONTH}-31'
        GROUP BY 1
    ) billed ON billed.project_id = p.id
    LEFT JOIN (
        SELECT l.project_id, sum(l.amount) AS earned
        FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id
        WHERE i.organization_id = (SELECT id FROM organization) AND i.status <> 'CANCELLED'
            AND i.deleted_at IS NULL AND i.issue_date <= '{MONTH}-31'
        GROUP BY 1
    ) so_far ON so_far.project_id = p.id"""
QUESTIONS: dict[str, tuple[str, dict[str, Any], str]] = {
    "report-time": (
        f"time by month, {MANY:,} entries of ten years",
        {"kind": "time", "group_by": "month", **PERIOD},
        TIME_BY_MONTH,
    ),
    "report-time-wide": (
        f"time by day and project, {MANY:,} entries of ten years, nearly as many groups",
        {"kind": "time", "group_by": "day, project", "limit": 400, **PERIOD},
        TIME_BY_DAY_AND_PROJECT,
    ),
    "report-receivables": (
        f"receivables of {CLIENTS} clients, {INVOICES:,} invoices, every second one due",
        {"kind": "receivables", "limit": CLIENTS},
        RECEIVABLES,
    ),
    "report-profitability": (
        f"profitability of a month, {PROJECTS} projects with budgets, {MANY:,} entries",
        {"kind": "profitability", "period": MONTH, "limit": PROJECTS},
        PROFITABILITY,
    ),
}


def rows(_: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name=f"{name}{place.ending}",
            what=f"{what}, to their SQL by hand",
            unit="ms",
            bar=1.3,
            round=interleaved(partial(_by_hand, place, by_hand), partial(_reported, place, given)),
        )
        for place in PLACES
        for name, (what, given, by_hand) in QUESTIONS.items()
    ]


class TenYears(Work):
    """As many entries on each day as make a million in ten years."""

    def day(self, number: int) -> date:  # noqa: D102
        return NEWEST_DAY - timedelta(days=number * DAYS // MANY)


async def _reported(place: Place, given: dict[str, Any]) -> float:
    async with place.opened(await _house()) as kit:

        async def report() -> Sequence[Any]:
            answer = await kit.call("report", **given)
            rows: Sequence[Any] = answer["rows"]
            return rows

        return await _timed(report, place.warm_up)


async def _by_hand(place: Place, statement: str) -> float:
    written = statement.format(days_since_due=place.days_since_due)
    async with place.asked(await _house()) as ask:
        return await _timed(lambda: ask(written), warm_up=1)


async def _timed(run: Callable[[], Awaitable[Sequence[Any]]], warm_up: int) -> float:
    groups = [len(await run()) for _ in range(warm_up)]
    taken: list[float] = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        groups.append(len(await run()))
        taken.append(time.perf_counter() - begun)
    assert set(groups) == {groups[0]}
    assert groups[0] > 100
    return percentile(taken, 50) * 1000


@cache
def _path() -> Path:
    return folder() / "ten-years.db"


async def _house() -> Path:
    database = _path()
    if not database.exists():
        house = await fill(database, MANY, TenYears())
        connection = connect_to_fill(database)
        connection.execute("UPDATE project SET budget_seconds = 7200000, budget_amount = 15000000")
        # Lines come before their invoices: an issued one takes none.
        insert(connection, "invoice_line", _lines(house))
        insert(connection, "invoice", _invoices(house))
        connection.commit()
        connection.close()
    return database


def _lines(house: House) -> Iterator[dict[str, Any]]:
    for number in range(INVOICES):
        yield {
            "id": new_id("il", instant_us(number), number.to_bytes(10, "big")),
            "organization_id": house.organization,
            "invoice_id": _invoice_id(number),
            "position": 1,
            "kind": "time",
            "description": "Work",
            "project_id": house.projects[number // 2 % CLIENTS * PROJECTS_OF_CLIENT],
            "unit": "hour",
            "quantity": 10_000,
            "unit_price": _total(number),
            "amount": _total(number),
            "tax_rate": 0,
            "tax_category": "Z",
            "raw_seconds": 3_600,
            "billed_seconds": 3_600,
            "rounding": "",
        }


def _invoice_id(number: int) -> str:
    return new_id("inv", instant_us(number), number.to_bytes(10, "big"))


def _total(number: int) -> int:
    return 10_000 + number * 37 % 90_000


def _invoices(house: House) -> Iterator[dict[str, Any]]:
    for number in range(INVOICES):
        at_us, total = instant_us(number), _total(number)
        day = NEWEST_DAY - timedelta(days=number * DAYS // INVOICES)
        is_due = number % 2 == 0
        yield {
            "id": _invoice_id(number),
            "organization_id": house.organization,
            "client_id": house.clients[number // 2 % CLIENTS],
            "status": "SENT" if is_due else "PAID",
            "sequence": INVOICES - number,
            "number": f"R-{number:06}",
            "number_key": f"r-{number:06}",
            "issue_date": day.isoformat(),
            "due_date": (day + timedelta(days=14)).isoformat(),
            "payment_terms_days": 14,
            "currency": "EUR",
            "grouped_by": "project, task",
            "bill_to_name": f"Client {number // 2 % CLIENTS:03}",
            "lines_total": total,
            "discount": 0,
            "net": total,
            "tax": 0,
            "total": total,
            "paid": 0 if is_due else total,
            "refunded": 0,
            "credited": 0,
            "written_off": 0,
            "sent_at": at_us,
            "version": 2,
            "created_at": at_us,
            "updated_at": at_us,
        }
