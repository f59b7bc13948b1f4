"""Reports and exports: lists of all lines and payments, cut from an index."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Lay what is listed as a whole in the order of its list."""
    op.create_index("ix_invoice_line_listed", "invoice_line", ["organization_id", "id"])
    op.create_index("ix_payment_listed", "payment", ["organization_id", "id"])
