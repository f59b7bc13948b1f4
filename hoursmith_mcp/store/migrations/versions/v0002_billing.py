"""Invoices, claims, proposals, confirmations and payments."""

import sqlalchemy as sa
from alembic import op

from hoursmith_mcp.store.triggers import BILLING_RULES

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create what billing needs."""
    op.create_table(
        "confirmation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("arguments_hash", sa.String(length=64), nullable=False),
        sa.Column("shown_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_confirmation_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_confirmation_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
    )
    op.create_index(
        "ix_confirmation_age", "confirmation", ["organization_id", "created_at"], unique=False
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_proposal_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_proposal_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_proposal_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_age", "proposal", ["organization_id", "created_at"], unique=False)
    op.create_table(
        "invoice",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("number_key", sa.String(), nullable=True),
        sa.Column("issue_date", sa.String(length=10), nullable=True),
        sa.Column("due_date", sa.String(length=10), nullable=True),
        sa.Column("payment_terms_days", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("grouped_by", sa.String(), nullable=False),
        sa.Column("bill_to_name", sa.String(), nullable=False),
        sa.Column("bill_to_address", sa.String(), nullable=True),
        sa.Column("bill_to_tax_number", sa.String(), nullable=True),
        sa.Column("seller_name", sa.String(), nullable=True),
        sa.Column("seller_address", sa.String(), nullable=True),
        sa.Column("seller_tax_number", sa.String(), nullable=True),
        sa.Column("bank_details", sa.String(), nullable=True),
        sa.Column("po_number", sa.String(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("discount_amount", sa.BigInteger(), nullable=True),
        sa.Column("lines_total", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_invoice_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_invoice_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_invoice_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    op.create_index(
        "ix_invoice_client", "invoice", ["organization_id", "client_id", "id"], unique=False
    )
    op.create_index(
        "ix_invoice_issue_date", "invoice", ["organization_id", "issue_date", "id"], unique=False
    )
    op.create_index(
        "ix_invoice_newest",
        "invoice",
        ["organization_id", "id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_invoice_status", "invoice", ["organization_id", "status", "id"], unique=False
    )
    op.create_index(
        "uq_invoice_number",
        "invoice",
        ["organization_id", "number_key"],
        unique=True,
        sqlite_where=sa.text("number_key IS NOT NULL"),
        postgresql_where=sa.text("number_key IS NOT NULL"),
    )
    op.create_index(
        "uq_invoice_proposal",
        "invoice",
        ["proposal_id", "organization_id"],
        unique=True,
        sqlite_where=sa.text("proposal_id IS NOT NULL"),
        postgresql_where=sa.text("proposal_id IS NOT NULL"),
    )
    op.create_index(
        "uq_invoice_sequence",
        "invoice",
        ["organization_id", "sequence"],
        unique=True,
        sqlite_where=sa.text("sequence IS NOT NULL"),
        postgresql_where=sa.text("sequence IS NOT NULL"),
    )
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("tax_category", sa.String(), nullable=False),
        sa.Column("raw_seconds", sa.BigInteger(), nullable=False),
        sa.Column("billed_seconds", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_invoice_line_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_invoice_line_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
    )
    op.create_index(
        "uq_invoice_line_position", "invoice_line", ["invoice_id", "position"], unique=True
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received_on", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("voided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_payment_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(
        "ix_payment_invoice", "payment", ["organization_id", "invoice_id"], unique=False
    )
    op.create_table(
        "billing_claim",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("raw_seconds", sa.BigInteger(), nullable=False),
        sa.Column("billed_seconds", sa.BigInteger(), nullable=False),
        sa.Column("rate_id", sa.String(length=40), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_billing_claim_invoice_id_invoice")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["invoice_line.id"], name=op.f("fk_billing_claim_line_id_invoice_line")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_billing_claim_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["rate_id"], ["rate.id"], name=op.f("fk_billing_claim_rate_id_rate")
        ),
        sa.PrimaryKeyConstraint("line_id", "subject_id", name=op.f("pk_billing_claim")),
    )
    op.create_index(
        "ix_billing_claim_invoice", "billing_claim", ["organization_id", "invoice_id"], unique=False
    )
    op.create_index(
        "uq_billing_claim_live",
        "billing_claim",
        ["organization_id", "subject_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.add_column("client", sa.Column("rounding_minutes", sa.Integer(), nullable=True))
    op.add_column("client", sa.Column("rounding_mode", sa.String(), nullable=True))
    op.add_column("client", sa.Column("rounding_per", sa.String(), nullable=True))
    op.add_column(
        "organization",
        sa.Column("invoice_sequence", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.add_column("project", sa.Column("fee_line_id", sa.String(length=40), nullable=True))
    op.add_column("project", sa.Column("rounding_minutes", sa.Integer(), nullable=True))
    op.add_column("project", sa.Column("rounding_mode", sa.String(), nullable=True))
    op.add_column("project", sa.Column("rounding_per", sa.String(), nullable=True))
    op.add_column("token", sa.Column("toolsets", sa.String(), nullable=True))
    op.add_column("time_entry", sa.Column("line_id", sa.String(length=40), nullable=True))
    op.create_index(
        "ix_time_entry_open",
        "time_entry",
        ["organization_id", "billable", "project_id", "entry_date"],
        unique=False,
        sqlite_where=sa.text("line_id IS NULL AND deleted_at IS NULL"),
        postgresql_where=sa.text("line_id IS NULL AND deleted_at IS NULL"),
    )
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for rule in BILLING_RULES:
        if on_postgresql and (rule.condition or rule.frozen):
            op.execute(rule.postgresql_function())
        op.execute(rule.postgresql() if on_postgresql else rule.sqlite())
