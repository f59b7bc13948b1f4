"""Webhooks: endpoints, deliveries and their attempts."""

import sqlalchemy as sa
from alembic import op

from hoursmith_mcp.store.triggers import WEBHOOK_RULES

revision = "0004"
down_revision = "0003"


def _id(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=40), nullable=False)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    """Create what is told to systems outside, and how that went."""
    op.create_table(
        "webhook_endpoint",
        _id("id"),
        _id("organization_id"),
        _id("member_id"),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("patterns", sa.String(), nullable=False),
        sa.Column("projects", sa.String(), nullable=True),
        sa.Column("thin", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("disabled_because", sa.String(), nullable=True),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("earlier_secrets", sa.String(), nullable=True),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("paced_until", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("probed_at", sa.BigInteger(), nullable=True),
        sa.Column("warned_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        _reference("webhook_endpoint", "organization_id", "organization"),
        _reference("webhook_endpoint", "member_id", "member"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(
        "ix_webhook_endpoint_organization", "webhook_endpoint", ["organization_id", "created_at"]
    )
    op.create_table(
        "delivery",
        _id("id"),
        _id("organization_id"),
        _id("endpoint_id"),
        sa.Column("event_id", sa.String(length=40), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_at", sa.BigInteger(), nullable=False),
        sa.Column("replayed_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        _reference("delivery", "organization_id", "organization"),
        _reference("delivery", "endpoint_id", "webhook_endpoint"),
        _reference("delivery", "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("uq_delivery_event", "delivery", ["endpoint_id", "event_id"], unique=True)
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["endpoint_id", "due_at", "sequence"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_delivery_log", "delivery", ["organization_id", "created_at", "id"])
    op.create_table(
        "delivery_attempt",
        _id("delivery_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("organization_id"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=32), nullable=True),
        sa.Column("beginning", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
            name=op.f("fk_delivery_attempt_delivery_id_delivery"),
            ondelete="CASCADE",
        ),
        _reference("delivery_attempt", "organization_id", "organization"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_delivery_attempt")),
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for rule in WEBHOOK_RULES:
        if on_postgresql and rule.condition:
            op.execute(rule.postgresql_function())
        op.execute(rule.postgresql() if on_postgresql else rule.sqlite())
