"""Reports, exports and schedules: who works when, what lists are read by, and what comes again."""

import sqlalchemy as sa
from alembic import op

from hoursmith_mcp.store.triggers import SCHEDULE_RULES

revision = "0005"
down_revision = "0004"


def _id(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=40), nullable=False)


def _day(name: str, *, nullable: bool = True) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=10), nullable=nullable)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    """Create what is new of this version."""
    _add_columns()
    _index_lists()
    _create_schedules()
    _create_runs()


def _add_columns() -> None:
    """Say when fiscal years begin and who works when."""
    op.add_column(
        "organization",
        sa.Column("fiscal_year_start", sa.Integer(), server_default="1", nullable=False),
    )
    op.add_column("member", sa.Column("working_pattern", sa.JSON(), nullable=True))


def _index_lists() -> None:
    """Find payments by their day, and read whole lists page by page."""
    op.create_index(
        "ix_payment_received", "payment", ["organization_id", "received_on"], unique=False
    )
    op.create_index("ix_invoice_line_listed", "invoice_line", ["organization_id", "id"])
    op.create_index("ix_payment_listed", "payment", ["organization_id", "id"])


def _create_schedules() -> None:
    op.create_table(
        "schedule",
        _id("id"),
        _id("organization_id"),
        _id("member_id"),
        _id("client_id"),
        sa.Column("rule", sa.String(), nullable=False),
        _day("start_day", nullable=False),
        sa.Column("minute_of_day", sa.Integer(), nullable=False),
        sa.Column("billed", sa.String(length=32), nullable=False),
        sa.Column("selection", sa.String(), nullable=False),
        sa.Column("issues", sa.Boolean(), nullable=False),
        sa.Column("catches_up", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("paused_because", sa.String(), nullable=True),
        _day("next_day"),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        _reference("schedule", "organization_id", "organization"),
        _reference("schedule", "member_id", "member"),
        _reference("schedule", "client_id", "client"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )
    op.create_index("ix_schedule_organization", "schedule", ["organization_id", "id"])
    waiting = sa.text("state = 'active' AND deleted_at IS NULL")
    op.create_index(
        "ix_schedule_due",
        "schedule",
        ["next_day"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _create_runs() -> None:
    op.create_table(
        "schedule_run",
        _id("schedule_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("organization_id"),
        _day("due_day"),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("warning", sa.String(), nullable=True),
        sa.Column("invoice_id", sa.String(length=40), nullable=True),
        _day("first_day"),
        _day("last_day"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _reference("schedule_run", "schedule_id", "schedule"),
        _reference("schedule_run", "organization_id", "organization"),
        _reference("schedule_run", "invoice_id", "invoice"),
        sa.PrimaryKeyConstraint("schedule_id", "number", name=op.f("pk_schedule_run")),
    )
    final = sa.text("outcome <> 'nothing' AND outcome <> 'refused' AND outcome <> 'missed'")
    op.create_index(
        "uq_schedule_run_day",
        "schedule_run",
        ["schedule_id", "due_day"],
        unique=True,
        sqlite_where=final,
        postgresql_where=final,
    )
    refused = sa.text("outcome = 'refused'")
    op.create_index(
        "ix_schedule_run_refused",
        "schedule_run",
        ["organization_id", "schedule_id", "number"],
        sqlite_where=refused,
        postgresql_where=refused,
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for rule in SCHEDULE_RULES:
        if on_postgresql and rule.condition:
            op.execute(rule.postgresql_function())
        op.execute(rule.postgresql() if on_postgresql else rule.sqlite())
