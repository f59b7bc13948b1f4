"""What must hold between the rows, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Index, Table, bindparam, text

from hoursmith_mcp.core.billing import SECONDS_PER_DAY
from hoursmith_mcp.core.currencies import CURRENCIES
from hoursmith_mcp.store.diagnosis.breach import BY_BACKUP, MOST_OF_A_KIND, Breach
from hoursmith_mcp.store.diagnosis.invariant import Invariant
from hoursmith_mcp.store.diagnosis.recomputed import broken_invoices
from hoursmith_mcp.store.diagnosis.schedules import SCHEDULES, broken_plans
from hoursmith_mcp.store.diagnosis.webhooks import IN_TIME, LATE_US, WEBHOOKS
from hoursmith_mcp.store.diagnosis.zones import broken_zones
from hoursmith_mcp.store.tables import Table as OurTable
from hoursmith_mcp.store.tenancy import COLUMN

_BY_TOOL = "Correct it with update_time_entry, or delete it with delete_time_entry."


INVARIANTS = (
    Invariant(
        "organization.owner",
        "SELECT o.id FROM organization o WHERE NOT EXISTS (SELECT 1 FROM member m "
        "WHERE m.organization_id = o.id AND m.role = 'OWNER' AND m.deleted_at IS NULL)",
        "The organisation {id} has no owner.",
    ),
    Invariant(
        "organization.counter",
        "SELECT o.id FROM organization o WHERE NOT EXISTS (SELECT 1 FROM event_counter c "
        "WHERE c.organization_id = o.id)",
        "The organisation {id} has no counter of its events, so nobody in it can call.",
    ),
    Invariant(
        "event.sequence",
        "SELECT c.organization_id AS id, c.last_sequence AS counted, COUNT(e.id) AS events, "
        "COALESCE(MIN(e.sequence), 1) AS lowest, COALESCE(MAX(e.sequence), 0) AS highest "
        "FROM event_counter c LEFT JOIN event e ON e.organization_id = c.organization_id "
        "GROUP BY c.organization_id, c.last_sequence "
        "HAVING COUNT(e.id) <> c.last_sequence OR COUNT(DISTINCT e.sequence) <> c.last_sequence "
        "OR COALESCE(MIN(e.sequence), 1) <> 1 OR COALESCE(MAX(e.sequence), 0) <> c.last_sequence",
        "The organisation {id} has {events} events, numbered {lowest} to {highest}, and counted "
        "{counted}.",
    ),
    Invariant(
        "entry.duration",
        "SELECT id, duration_seconds AS seconds FROM time_entry WHERE duration_seconds <= 0",
        "The time entry {id} has a duration of {seconds} seconds.",
        _BY_TOOL,
    ),
    Invariant(
        "entry.day",
        "SELECT member_id AS id, entry_date AS day, SUM(duration_seconds) AS seconds "
        "FROM time_entry WHERE deleted_at IS NULL GROUP BY member_id, entry_date "
        f"HAVING SUM(duration_seconds) > {SECONDS_PER_DAY}",
        "The member {id} has {seconds} seconds on {day}, and a day has 86400.",
        _BY_TOOL,
    ),
    Invariant(
        "entry.task",
        "SELECT e.id, e.task_id AS task, e.project_id AS project FROM time_entry e "
        "JOIN task t ON t.id = e.task_id WHERE t.project_id <> e.project_id",
        "The time entry {id} is on the project {project}, and its task {task} on another.",
        _BY_TOOL,
    ),
    Invariant(
        "timer.task",
        "SELECT r.id, r.task_id AS task, r.project_id AS project FROM timer r "
        "JOIN task t ON t.id = r.task_id WHERE t.project_id <> r.project_id",
        "The timer {id} is on the project {project}, and its task {task} on another.",
        "Stop it with stop_timer, and correct the entry with update_time_entry.",
    ),
    Invariant(
        "assignee.project",
        "SELECT a.member_id AS id, a.task_id AS task, t.project_id AS project "
        "FROM task_assignee a JOIN task t ON t.id = a.task_id "
        "WHERE NOT EXISTS (SELECT 1 FROM project_member p "
        "WHERE p.project_id = t.project_id AND p.member_id = a.member_id)",
        "The member {id} is to do the task {task}, and is not on its project {project}.",
        "Put them on it with add_project_member, or assign the task to others with update_task.",
    ),
    Invariant(
        "expense.amount",
        "SELECT id, amount FROM expense WHERE amount <= 0",
        "The expense {id} has an amount of {amount} (minor units).",
        "Correct it with update_expense, or delete it with delete_expense.",
    ),
    Invariant(
        "expense.project",
        "SELECT e.id, e.client_id AS client, e.project_id AS project FROM expense e "
        "JOIN project p ON p.id = e.project_id "
        "WHERE e.deleted_at IS NULL AND p.client_id <> e.client_id",
        "The expense {id} is for the client {client}, and its project {project} is another's.",
        "Correct it with update_expense, or delete it with delete_expense.",
    ),
    Invariant(
        "rate.amount",
        "SELECT id, rate FROM rate WHERE rate < 0",
        "The rate {id} is less than nothing: {rate}.",
    ),
    Invariant(
        "currency.unknown",
        "SELECT id, currency FROM rate WHERE currency NOT IN :known "
        "UNION ALL SELECT id, currency FROM client WHERE currency NOT IN :known "
        "UNION ALL SELECT id, currency FROM organization WHERE currency NOT IN :known "
        "UNION ALL SELECT id, currency FROM invoice WHERE currency NOT IN :known "
        "UNION ALL SELECT id, currency FROM expense WHERE currency NOT IN :known",
        "{id} is in {currency}, which is no currency.",
        "Set a currency with update_client or set_up; a rate is corrected by hand.",
    ),
)


BILLING = (
    Invariant(
        "invoice.balance",
        "SELECT id, total - paid + refunded - credited - written_off AS due FROM invoice "
        "WHERE total - paid + refunded - credited - written_off < 0 "
        "OR (status IN ('PAID', 'WRITTEN_OFF') "
        "AND total - paid + refunded - credited - written_off <> 0) "
        "OR (status = 'SENT' AND total - paid + refunded - credited - written_off = 0) "
        "OR (status IN ('DRAFT', 'CANCELLED') AND paid - refunded <> 0)",
        "The invoice {id} has {due} (minor units) due, which its status denies.",
        BY_BACKUP,
    ),
    Invariant(
        "invoice.payments",
        "SELECT i.id, i.paid FROM invoice i WHERE i.paid <> (SELECT COALESCE(SUM(p.amount), 0) "
        "FROM payment p WHERE p.invoice_id = i.id AND p.voided_at IS NULL)",
        "The invoice {id} counts {paid} (minor units) as paid, and its payments say otherwise.",
        BY_BACKUP,
    ),
    Invariant(
        "invoice.numbers",
        "SELECT o.id, o.invoice_sequence AS last, COUNT(i.sequence) AS issued FROM organization o "
        "LEFT JOIN invoice i ON i.organization_id = o.id AND i.sequence IS NOT NULL "
        "GROUP BY o.id, o.invoice_sequence HAVING COUNT(i.sequence) <> o.invoice_sequence "
        "OR COALESCE(MAX(i.sequence), 0) <> o.invoice_sequence",
        "The organisation {id} took {last} places in its series, and {issued} invoices have one.",
        BY_BACKUP,
    ),
    Invariant(
        "invoice.issued",
        "SELECT id, status FROM invoice WHERE (status IN ('SENT', 'PAID', 'WRITTEN_OFF') AND "
        "(number IS NULL OR number_key IS NULL OR sequence IS NULL OR issue_date IS NULL "
        "OR due_date IS NULL OR sent_at IS NULL)) OR (status = 'DRAFT' AND number IS NOT NULL)",
        "The invoice {id} is {status}, and its number and dates deny that.",
        BY_BACKUP,
    ),
    Invariant(
        "invoice.days",
        "SELECT id, day, before FROM (SELECT id, issue_date AS day, LAG(issue_date) OVER "
        "(PARTITION BY organization_id ORDER BY sequence) AS before "
        "FROM invoice WHERE sequence IS NOT NULL) series WHERE day < before",
        "The invoice {id} is of {day}, and the one before it in the series of {before}.",
        BY_BACKUP,
    ),
    Invariant(
        "claim.entry",
        "SELECT e.id FROM time_entry e LEFT JOIN billing_claim c ON c.subject_id = e.id "
        "AND c.released_at IS NULL WHERE (e.line_id IS NULL AND c.line_id IS NOT NULL) "
        "OR (e.line_id IS NOT NULL AND (c.line_id IS NULL OR c.line_id <> e.line_id))",
        "The time entry {id} and its claim disagree about whether it is billed.",
    ),
    Invariant(
        "claim.fee",
        "SELECT p.id FROM project p LEFT JOIN billing_claim c ON c.subject_id = p.id "
        "AND c.released_at IS NULL WHERE (p.fee_line_id IS NULL AND c.line_id IS NOT NULL) "
        "OR (p.fee_line_id IS NOT NULL AND (c.line_id IS NULL OR c.line_id <> p.fee_line_id))",
        "The fee of the project {id} and its claim disagree about whether it is charged.",
    ),
    Invariant(
        "claim.left",
        "SELECT c.subject_id AS id, i.id AS invoice FROM billing_claim c "
        "JOIN invoice i ON i.id = c.invoice_id WHERE c.released_at IS NULL "
        "AND (i.status = 'CANCELLED' OR i.deleted_at IS NOT NULL)",
        "{id} is still claimed by the invoice {invoice}, which is cancelled or deleted.",
    ),
    Invariant(
        "claim.lost",
        "SELECT c.subject_id AS id, i.id AS invoice FROM billing_claim c "
        "JOIN invoice i ON i.id = c.invoice_id WHERE c.released_at IS NOT NULL "
        "AND i.status <> 'CANCELLED' AND i.deleted_at IS NULL",
        "The invoice {invoice} stands and does not claim {id} any more, so it can be billed twice.",
    ),
    Invariant(
        "claim.line",
        "SELECT c.subject_id AS id, c.invoice_id AS invoice, l.invoice_id AS other "
        "FROM billing_claim c JOIN invoice_line l ON l.id = c.line_id "
        "WHERE l.invoice_id <> c.invoice_id",
        "{id} is claimed by the invoice {invoice}, on a line of the invoice {other}.",
    ),
    Invariant(
        "claim.subject",
        "SELECT c.subject_id AS id, c.invoice_id AS invoice FROM billing_claim c "
        "LEFT JOIN time_entry e ON e.id = c.subject_id WHERE c.released_at IS NULL "
        "AND c.subject_kind = 'entry' AND (e.id IS NULL OR e.deleted_at IS NOT NULL "
        "OR NOT e.billable)",
        "The time entry {id} is claimed by the invoice {invoice}, and is deleted or not billable.",
    ),
    Invariant(
        "claim.time",
        "SELECT c.subject_id AS id, c.raw_seconds AS claimed, e.duration_seconds AS logged "
        "FROM billing_claim c JOIN time_entry e ON e.id = c.subject_id "
        "WHERE c.released_at IS NULL AND c.raw_seconds <> e.duration_seconds",
        "The time entry {id} has {logged} seconds, and {claimed} were billed.",
    ),
)


def broken_invariants(connection: Connection, now_us: int | None = None) -> list[Breach]:
    """Return what does not hold, at most MOST_OF_A_KIND of each kind.

    Without an instant that counts as now nothing is said of what is late.
    """
    breaches: list[Breach] = []
    in_time = IN_TIME if now_us is not None else ()
    given = {"known": sorted(CURRENCIES), "late": (now_us or 0) - LATE_US}
    anywhere = (*INVARIANTS, *BILLING, *WEBHOOKS, *SCHEDULES, *in_time, *_tenancy())
    for invariant in (*anywhere, *_uniqueness(connection.dialect.name)):
        statement = text(invariant.query)
        parameters = {name: value for name, value in given.items() if f":{name}" in invariant.query}
        if "known" in parameters:
            statement = statement.bindparams(bindparam("known", expanding=True))
        rows = connection.execute(statement, parameters).mappings()
        for row in rows.fetchmany(MOST_OF_A_KIND):
            message = invariant.message.format_map(dict(row))
            breaches.append(Breach(invariant.code, message, invariant.way_out))
    return [
        *breaches,
        *broken_zones(connection),
        *broken_invoices(connection),
        *broken_plans(connection, now_us),
    ]


def _tenancy() -> Iterator[Invariant]:
    """Yield, for every reference, that it stays within its organisation."""
    for table in OurTable.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: str(key.parent.name)):
            target = key.column.table.name
            if target != "organization":
                column = key.parent.name
                yield Invariant(
                    "tenant.mixed",
                    f"SELECT t.{column} AS id FROM {table.name} t JOIN {target} r "
                    f"ON r.{key.column.name} = t.{column} WHERE r.{COLUMN} <> t.{COLUMN}",
                    f"A row of {table.name} refers to {{id}}, which is another organisation's.",
                )


def _uniqueness(dialect: str) -> Iterator[Invariant]:
    """Yield, for every unique index, that what it forbids is not there, as if it was missing."""
    for table in OurTable.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.unique:
                yield _unique(table, index, dialect)


def _unique(table: Table[Any], index: Index, dialect: str) -> Invariant:
    key = next(iter(table.primary_key)).name
    columns = ", ".join(column.name for column in index.columns)
    present = " AND ".join(f"{column.name} IS NOT NULL" for column in index.columns)
    condition = index.dialect_options[dialect]["where"]
    where = present if condition is None else f"{present} AND {condition}"
    return Invariant(
        f"repeated.{str(index.name).removeprefix('uq_')}",
        f"SELECT MIN({key}) AS id, COUNT(*) AS number FROM {table.name} WHERE {where} "
        f"GROUP BY {columns} HAVING COUNT(*) > 1",
        f"{{number}} rows of {table.name} have the same {columns}; {{id}} is the first.",
        "Rename, put away or remove all but one of them.",
    )
