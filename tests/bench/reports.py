"""What a report costs that is a sum: to the SQL that somebody would write for it by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from measure import Row, interleaved, percentile
from servers import Served
from volume import CLIENTS, MANY, NEWEST_DAY, House, Work, connect, fill, folder, insert, instant_us

from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.toolkit import Toolkit

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
RECEIVABLES = """
    SELECT c.name, i.currency, sum(due),
        sum(CASE WHEN age <= 0 THEN due ELSE 0 END),
        sum(CASE WHEN age BETWEEN 1 AND 30 THEN due ELSE 0 END),
        sum(CASE WHEN age BETWEEN 31 AND 60 THEN due ELSE 0 END),
        sum(CASE WHEN age BETWEEN 61 AND 90 THEN due ELSE 0 END),
        sum(CASE WHEN age > 90 THEN due ELSE 0 END)
    FROM (
        SELECT client_id, currency, total - paid + refunded - credited - written_off AS due,
            julianday('now', 'start of day') - julianday(due_date) AS age
        FROM invoice
        WHERE organization_id = (SELECT id FROM organization) AND status = 'SENT'
            AND deleted_at IS NULL
    ) i JOIN client c ON c.id = i.client_id
    WHERE due > 0
    GROUP BY 1, 2"""
QUESTIONS: dict[str, tuple[str, dict[str, Any], str]] = {
    "report-time": (
        f"time by month, {MANY:,} entries of ten years",
        {"kind": "time", "group_by": "month", **PERIOD},
        TIME_BY_MONTH,
    ),
    "report-receivables": (
        f"receivables of {CLIENTS} clients, {INVOICES:,} invoices, every second one due",
        {"kind": "receivables", "limit": CLIENTS},
        RECEIVABLES,
    ),
}


def rows(_: Served) -> list[Row]:
    """Return the rows of this group."""
    return [
        Row(
            name=name,
            what=f"{what}, to their SQL by hand",
            unit="ms",
            bar=1.3,
            round=interleaved(partial(_by_hand, by_hand), partial(_reported, given)),
        )
        for name, (what, given, by_hand) in QUESTIONS.items()
    ]


class TenYears(Work):
    """As many entries on each day as make a million in ten years."""

    def day(self, number: int) -> date:  # noqa: D102
        return NEWEST_DAY - timedelta(days=number * DAYS // MANY)


async def _reported(given: dict[str, Any]) -> float:
    answer: dict[str, Any] = {"rows": []}
    async with Toolkit.open(await _house()) as kit:
        groups = len((await kit.call("report", **given))["rows"])
        taken: list[float] = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            answer = await kit.call("report", **given)
            taken.append(time.perf_counter() - begun)
        assert len(answer["rows"]) == groups > 100
    return percentile(taken, 50) * 1000


async def _by_hand(statement: str) -> float:
    connection = connect(await _house())
    found = _timed(lambda: connection.execute(statement).fetchall())
    connection.close()
    return found


def _timed(run: Callable[[], list[Any]]) -> float:
    assert len(run()) > 100
    taken: list[float] = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return percentile(taken, 50) * 1000


@cache
def _path() -> Path:
    return folder() / "ten-years.db"


async def _house() -> Path:
    database = _path()
    if not database.exists():
        house = await fill(database, MANY, TenYears())
        connection = connect(database)
        insert(connection, "invoice", _invoices(house))
        connection.commit()
        connection.close()
    return database


def _invoices(house: House) -> Iterator[dict[str, Any]]:
    for number in range(INVOICES):
        at_us, total = instant_us(number), 10_000 + number * 37 % 90_000
        day = NEWEST_DAY - timedelta(days=number * DAYS // INVOICES)
        is_due = number % 2 == 0
        yield {
            "id": new_id("inv", at_us, number.to_bytes(10, "big")),
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
