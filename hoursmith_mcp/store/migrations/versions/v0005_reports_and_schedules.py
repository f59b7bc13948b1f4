"""Reports, exports and schedules: who works when, and what sums and lists are read by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Say when fiscal years begin and who works when, and find payments by their day."""
    op.add_column(
        "organization",
        sa.Column("fiscal_year_start", sa.Integer(), server_default="1", nullable=False),
    )
    op.add_column("member", sa.Column("working_pattern", sa.JSON(), nullable=True))
    op.create_index(
        "ix_payment_received", "payment", ["organization_id", "received_on"], unique=False
    )
    op.create_index("ix_invoice_line_listed", "invoice_line", ["organization_id", "id"])
    op.create_index("ix_payment_listed", "payment", ["organization_id", "id"])
