"""Houses where old work was billed: the newest work is open, and the same in every house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from volume import (
    CLIENTS,
    PROJECTS,
    PROJECTS_OF_CLIENT,
    House,
    Work,
    connect_to_fill,
    day_of,
    entry_id,
    fill,
    insert,
    instant_us,
    seconds_of,
)

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import Bill, OpenWork, bill_for, tax_category
from hoursmith_mcp.core.drafts import line_content
from hoursmith_mcp.core.grouping import DEFAULT_GROUPING
from hoursmith_mcp.core.ids import new_id
from hoursmith_mcp.core.rounding import DEFAULT_ROUNDING

OPEN_OF_FIRST_CLIENT = 500
OPEN = 2 * OPEN_OF_FIRST_CLIENT
ENTRIES_OF_INVOICE = 50
UNPAID = 20
TERMS_DAYS = 14
TAX_RATE = 190_000
RATE = 900_000


class BilledWork(Work):
    """Open are 500 entries of the first client and 500 of all others; the rest was billed.

    One in ten of the old entries is on no invoice: hours under a fee that was charged.
    """

    def project(self, number: int) -> int:  # noqa: D102
        if number < OPEN_OF_FIRST_CLIENT:
            return number % PROJECTS_OF_CLIENT
        if number < OPEN:
            return PROJECTS_OF_CLIENT + number * 7 % (PROJECTS - PROJECTS_OF_CLIENT)
        return _client(_invoice(number)) * PROJECTS_OF_CLIENT + number % PROJECTS_OF_CLIENT

    def billable(self, number: int) -> bool:  # noqa: D102
        return number < OPEN or number % 10 != 0

    def line_id(self, number: int) -> str | None:  # noqa: D102
        if number < OPEN or not self.billable(number):
            return None
        return _line_id(_invoice(number), number % PROJECTS_OF_CLIENT)


async def fill_billed(database: Path, entries: int) -> None:
    """Make a house with that many entries, all but the newest of them billed, 50 on an invoice."""
    work = BilledWork()
    house = await fill(database, entries, work)
    connection = connect_to_fill(database)
    invoices = (entries - OPEN) // ENTRIES_OF_INVOICE
    # Lines come before their invoices: an issued one takes none.
    for place in range(invoices):
        bill = _bill(house, work, place)
        insert(connection, "invoice_line", _lines(house, place, bill))
        insert(connection, "billing_claim", _claims(house, place, bill))
        insert(connection, "invoice", iter([_row(house, place, invoices - place, bill)]))
        if place >= UNPAID:
            insert(connection, "payment", iter([_payment(house, place, bill)]))
    connection.execute("UPDATE organization SET invoice_sequence = ?", (invoices,))
    _put_under_a_fee(connection, house.projects[-1])
    connection.commit()
    connection.close()


def _put_under_a_fee(connection: Any, project_id: str) -> None:
    """Make what was not billable work of a project whose fee was charged: it is open for ever."""
    charged = "UPDATE project SET rate_type = 'FIXED', fixed_fee = 100000, fee_line_id = ?"
    connection.execute(f"{charged} WHERE id = ?", (_line_id(0, 0), project_id))
    moved = "UPDATE time_entry SET billable = 1, project_id = ? WHERE NOT billable"
    connection.execute(moved, (project_id,))


def _invoice(number: int) -> int:
    return (number - OPEN) // ENTRIES_OF_INVOICE


def _client(place: int) -> int:
    return place % CLIENTS


def _numbers(place: int) -> range:
    first = OPEN + place * ENTRIES_OF_INVOICE
    return range(first, first + ENTRIES_OF_INVOICE)


def _invoice_id(place: int) -> str:
    return new_id("inv", instant_us(_numbers(place)[0]), place.to_bytes(10, "big"))


def _line_id(place: int, line: int) -> str:
    number = place * PROJECTS_OF_CLIENT + line
    return new_id("il", instant_us(_numbers(place)[0]), number.to_bytes(10, "big"))


def _bill(house: House, work: Work, place: int) -> Bill:
    """Make the bill of an invoice as the program would."""
    client = _client(place)
    times = [
        _time(house, work.project(number), number)
        for number in _numbers(place)
        if work.billable(number)
    ]
    open_work = OpenWork(
        house.clients[client], f"Client {client:03}", "EUR", TAX_RATE, times=tuple(times)
    )
    return bill_for(open_work, "EUR", grouping=DEFAULT_GROUPING)


def _time(house: House, project: int, number: int) -> BillableTime:
    return BillableTime(
        id=entry_id(number),
        project_id=house.projects[project],
        project=f"Project {project // PROJECTS_OF_CLIENT:03}-{project % PROJECTS_OF_CLIENT}",
        task_id=None,
        task=None,
        member_id=house.member,
        member="",
        day=day_of(number),
        seconds=seconds_of(number),
        note="",
        rate=RATE,
        rate_id=house.rates[project],
        tax_rate=TAX_RATE,
        tax_category=tax_category(TAX_RATE),
        policy=DEFAULT_ROUNDING,
    )


def _lines(house: House, place: int, bill: Bill) -> Iterator[dict[str, Any]]:
    for position, line in enumerate(bill.lines):
        said = {name: value for name, value in line_content(line).items() if name != "parts"}
        yield {
            "id": _line_id(place, position),
            "organization_id": house.organization,
            "invoice_id": _invoice_id(place),
            "position": position + 1,
            **said,
        }


def _claims(house: House, place: int, bill: Bill) -> Iterator[dict[str, Any]]:
    for position, line in enumerate(bill.lines):
        for part in line.parts:
            yield {
                "line_id": _line_id(place, position),
                "subject_id": part.subject_id,
                "organization_id": house.organization,
                "invoice_id": _invoice_id(place),
                "subject_kind": "entry",
                "raw_seconds": part.raw_seconds,
                "billed_seconds": part.billed_seconds,
                "rate_id": part.rate_id,
                "amount": part.amount_minor,
                "created_at": instant_us(_numbers(place)[0]),
            }


def _row(house: House, place: int, sequence: int, bill: Bill) -> dict[str, Any]:
    at_us, day = instant_us(_numbers(place)[0]), day_of(_numbers(place)[0])
    paid = place >= UNPAID
    return {
        "id": _invoice_id(place),
        "organization_id": house.organization,
        "client_id": house.clients[_client(place)],
        "status": "PAID" if paid else "SENT",
        "sequence": sequence,
        # Not from the place in the series, which counts how many older ones there are.
        "number": f"R-{place:05}",
        "number_key": f"r-{place:05}",
        "issue_date": day.isoformat(),
        "due_date": (day + timedelta(days=TERMS_DAYS)).isoformat(),
        "payment_terms_days": TERMS_DAYS,
        "currency": bill.currency,
        "grouped_by": ", ".join(DEFAULT_GROUPING),
        "bill_to_name": f"Client {_client(place):03}",
        "lines_total": bill.totals.lines_total,
        "discount": bill.totals.discount,
        "net": bill.totals.net,
        "tax": bill.totals.tax,
        "total": bill.totals.total,
        "paid": bill.totals.total if paid else 0,
        "refunded": 0,
        "credited": 0,
        "written_off": 0,
        "sent_at": at_us,
        "paid_at": at_us if paid else None,
        "version": 2,
        "created_at": at_us,
        "updated_at": at_us,
    }


def _payment(house: House, place: int, bill: Bill) -> dict[str, Any]:
    at_us = instant_us(_numbers(place)[0])
    return {
        "id": new_id("pay", at_us, place.to_bytes(10, "big")),
        "organization_id": house.organization,
        "invoice_id": _invoice_id(place),
        "amount": bill.totals.total,
        "currency": bill.currency,
        "received_on": day_of(_numbers(place)[0]).isoformat(),
        "created_at": at_us,
    }
