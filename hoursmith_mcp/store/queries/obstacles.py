"""What stands in the way of writing rows back, in words that name it and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Table, bindparam

from hoursmith_mcp.core.dates import describe_day
from hoursmith_mcp.core.instants import wall_time_us
from hoursmith_mcp.errors import Conflict
from hoursmith_mcp.store.journal import NOT_BY_ROW
from hoursmith_mcp.store.queries.claims import Claims
from hoursmith_mcp.store.queries.clients import Clients
from hoursmith_mcp.store.queries.contacts import Contacts, Flag
from hoursmith_mcp.store.queries.currencies import Currencies
from hoursmith_mcp.store.queries.expenses import Expenses
from hoursmith_mcp.store.queries.organizations import Organizations
from hoursmith_mcp.store.queries.projects import Projects
from hoursmith_mcp.store.queries.rates import Rates
from hoursmith_mcp.store.queries.schedules import Schedules
from hoursmith_mcp.store.queries.tasks import Tasks
from hoursmith_mcp.store.queries.timers import Timers
from hoursmith_mcp.store.session import Session, Shape, rows_of
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Table as OurTable
from hoursmith_mcp.store.tenancy import Scoped, scoped
from hoursmith_mcp.store.zones import stored_zone

Row = dict[str, Any]

OWNERS = ("client", "project", "task")
"""What other things belong to: it goes only when nothing does, and is there before they are."""

FEE = {"rate_type", "fixed_fee", "client_id"}
"""What a billed fee stands for."""

_WORDS = {
    "client": "client",
    "client_contact": "contact",
    "expense": "expense",
    "invoice": "invoice",
    "project": "project",
    "project_member": "member",
    "rate": "rate",
    "task": "task",
    "task_assignee": "assignee",
    "time_entry": "time entry",
    "timer": "running timer",
    "token_project": "limited token",
}


class _Reference(NamedTuple):
    """What reads one live row that refers to another, and how those are called."""

    noun: str
    statement: Scoped
    by_project: bool


class Obstacles:
    """What forbids that rows are written back; `telling` names invoices to who may see them."""

    def __init__(self, session: Session, *, telling: bool) -> None:
        """Take a session."""
        self._session = session
        self._telling = telling

    async def issued(self, invoice: Row | None) -> None:
        """Refuse where an invoice has its number."""
        if invoice is None or invoice["number"] is None:
            return
        if invoice["status"] == "CANCELLED":
            raise Conflict(
                f"{invoice['number']} was issued, so it stays cancelled. duplicate_invoice makes a "
                "new draft of it."
            )
        raise Conflict(
            f"The draft was issued as {invoice['number']}, and what was issued is not taken back. "
            "Cancel it with cancel_invoice."
        )

    async def to_changing(self, table: str, row: Row, columns: set[str]) -> None:
        """Refuse where what is billed would change, or a voided payment would count again."""
        if table == "payment" and row["voided_at"] is not None:
            raise Conflict("A voided payment stays voided. Record it again with record_payment.")
        if table == "time_entry" and row["line_id"] is not None:
            raise Conflict(f"That time is {await self._billed(row['id'])}, so it is locked.")
        if table == "project" and row["fee_line_id"] is not None and FEE & columns:
            raise Conflict(
                f"The fee of {row['name']} is {await self._billed(row['id'])}, so it stays as it "
                "is. Delete that draft or cancel that invoice first."
            )

        if table == "project" and "client_id" in columns:
            await self._refuse_expenses(row)

    async def to_removing(self, table: str, row: Row) -> None:
        """Refuse where something live belongs to what would go, or its day has come meanwhile."""
        if table == "schedule_run":
            await self._refuse_come(row)
        if table not in OWNERS:
            return
        for one in _references(table):
            given = {"project": row["project_id"]} if one.by_project else {}
            if await self._session.first(Shape, one.statement, id=row["id"], **given) is not None:
                raise Conflict(
                    f"The {table} {row['name']} has a {one.noun} by now, so it is not taken back. "
                    "Take that back first, or archive it."
                )

    async def to_being(self, table: str, row: Row) -> None:
        """Refuse where what a row belongs to is gone, or its place is taken."""
        for owner in OWNERS:
            owner_id = row.get(f"{owner}_id")
            if owner_id is not None and table != "invoice_line":
                await self._refuse_gone(owner, owner_id)
        if table == "timer" and await Timers(self._session).runs(row["member_id"]):
            raise Conflict("Another timer is running by now. Stop it with stop_timer first.")
        if table == "client_contact":
            await self._refuse_second(row)
        if table == "expense" and row["project_id"] is not None:
            await self._refuse_moved(row)
        await self._refuse_namesake(table, row)

    async def to_currency(self, table: str, row: Row, was: Row) -> None:
        """Refuse where work is priced in the currency that would change."""
        if table == "organization" and row["currency"] is not None:
            await Currencies(self._session).refuse_change(None)
        if table == "client":
            default = (await Organizations(self._session).get()).currency
            if (row["currency"] or default) != (was["currency"] or default):
                await Currencies(self._session).refuse_change(row["id"])

    async def to_rates(self, row: Row) -> None:
        """Refuse where a level of rates would have none for the first days, or two for one day."""
        ids = {f"{level}_id": row[f"{level}_id"] for level in (*OWNERS, "member")}
        records = await Rates(self._session).of_level(**ids)
        starts = [one.starts_on for one in records if one.currency == row["currency"]]
        if starts and (None not in starts or len(set(starts)) < len(starts)):
            raise Conflict(
                "Another rate was set since that goes on from this one. Take that back first, or "
                "set the rate anew with set_rate."
            )

    async def to_claiming(self, row: Row) -> None:
        """Refuse to claim for a draft what is priced in another currency by now."""
        client = await Clients(self._session).get(row["client_id"])
        currency = client.currency or (await Organizations(self._session).get()).currency
        if currency != row["currency"]:
            raise Conflict(
                f"{client.name} is billed in {currency} by now, and the draft is in "
                f"{row['currency']}. Preview a new invoice with preview_invoice."
            )

    async def _billed(self, subject_id: str) -> str:
        if not self._telling:
            return "already billed"
        holders = await Claims(self._session).holders([subject_id])
        return f"on the invoice {holders[subject_id]}"

    async def _refuse_gone(self, owner: str, owner_id: str) -> None:
        table = OurTable.metadata.tables[owner]
        found: Any = await self._session.first(Shape, rows_of(table), keys=[owner_id])
        if found is None or found.deleted_at is not None:
            if self._session.confinement is not None:
                raise Conflict(f"The {owner} that it belonged to is not there for you any more.")
            raise Conflict(
                f"The {owner} that it belongs to was taken back since. Bring that back first."
            )

    async def _refuse_second(self, row: Row) -> None:
        flags: tuple[Flag, ...] = ("is_primary", "is_billing")
        for flag in flags:
            holder = await Contacts(self._session).holder(row["client_id"], flag)
            if row[flag] and holder is not None and holder.id != row["id"]:
                raise Conflict(
                    f"{holder.email} is that for the client by now. Change it with update_contact."
                )

    async def _refuse_expenses(self, project: Row) -> None:
        """Refuse to give a project back to a client who is not to pay what was spent on it."""
        if await Expenses(self._session).any_of_project(project["id"]):
            raise Conflict(
                f"There are expenses of {project['name']} by now that its client is to pay. Take "
                "it out of those with update_expense first."
            )

    async def _refuse_moved(self, expense: Row) -> None:
        project = await Projects(self._session).get(expense["project_id"])
        if project.client_id != expense["client_id"]:
            raise Conflict(
                f"{project.name} is {project.client_name}'s by now, and the expense is another "
                "client's. Record it again with create_expense."
            )

    async def _refuse_come(self, skip: Row) -> None:
        """Refuse to let a schedule, as it is by now, wait for a day that has come."""
        schedule = await Schedules(self._session).get(skip["schedule_id"])
        if schedule.next_day != skip["due_day"]:
            return  # What was refused once is to do again, and nothing waits for it.
        day = date.fromisoformat(skip["due_day"])
        zone = stored_zone((await Organizations(self._session).get()).time_zone)
        if wall_time_us(day, schedule.minute_of_day, zone) <= self._session.now_us:
            raise Conflict(
                f"{describe_day(day)} has come, so its skip stays. Bill its days all the same with "
                f'run_invoice_schedule(period="{skip["first_day"]}..{skip["last_day"]}").'
            )

    async def _refuse_twin(self, row: Row) -> None:
        twin = await Schedules(self._session).twin(row["client_id"], row)
        if twin is not None:
            raise Conflict(
                f"Another schedule bills {twin.client_name} the same by now: {twin.id}. Delete "
                "that one first."
            )

    async def _refuse_namesake(self, table: str, row: Row) -> None:
        if row.get("archived_at") is not None or row.get("status") == "ARCHIVED":
            return
        other: Any = None
        if table == "client":
            other = await Clients(self._session).namesake(row["name_key"])
        elif table == "project":
            projects = Projects(self._session)
            other = await projects.namesake(row["name_key"], row["client_id"])
        elif table == "task":
            other = await Tasks(self._session).namesake(row["name_key"], row["project_id"])
        elif table == "schedule":
            await self._refuse_twin(row)
        if other is not None and other.id != row["id"]:
            raise Conflict(
                f"There is another {table} of that name by now: {other.name} ({other.id}). Rename "
                "that one first."
            )


@cache
def _references(name: str) -> tuple[_Reference, ...]:
    """Return what reads, for each kind of thing, one that belongs to what is named."""
    return tuple(_find_references(name))


def _find_references(name: str) -> Iterator[_Reference]:
    for table in OurTable.metadata.sorted_tables:
        if table.name in NOT_BY_ROW or table.name == "invoice_line":
            continue
        for key in table.foreign_keys:
            if key.column.table.name == name:
                # No index leads from a task to its time, but one does from its project.
                by_project = (name, table.name) == ("task", "time_entry")
                statement = _one_live(table, key.parent, by_project=by_project)
                yield _Reference(_WORDS.get(table.name, table.name), statement, by_project)


def _one_live(table: Table[Any], column: Column[Any], *, by_project: bool) -> Scoped:
    statement = select(column).where(column == bindparam("id")).limit(1)
    if "deleted_at" in table.c:
        statement = statement.where(table.c["deleted_at"].is_(None))
    if by_project:
        statement = statement.where(table.c["project_id"] == bindparam("project"))
    return scoped(statement)
