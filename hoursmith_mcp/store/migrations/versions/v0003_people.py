"""Members of projects, limited tokens, invitations, contacts, expenses, undo, counted requests."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Until now everybody saw every project: who works on one stays on it.
ENROL_WHO_WORKS = """
    INSERT INTO project_member (project_id, member_id, organization_id, created_at)
    SELECT works.project_id, works.member_id, works.organization_id, member.created_at
    FROM (
        SELECT project_id, member_id, organization_id FROM time_entry WHERE deleted_at IS NULL
        UNION SELECT project_id, member_id, organization_id FROM timer
        UNION SELECT task.project_id, task_assignee.member_id, task.organization_id
        FROM task_assignee JOIN task ON task.id = task_assignee.task_id
    ) AS works JOIN member ON member.id = works.member_id
"""


def upgrade() -> None:
    """Create what people need; whoever is a member already has joined, and is where they work."""
    op.create_table(
        "project_member",
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_project_member_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_project_member_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_member_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", "member_id", name=op.f("pk_project_member")),
    )
    op.create_index(
        "ix_project_member_member", "project_member", ["organization_id", "member_id"], unique=False
    )
    op.create_table(
        "token_project",
        sa.Column("token_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_token_project_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_token_project_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["token.id"], name=op.f("fk_token_project_token_id_token")
        ),
        sa.PrimaryKeyConstraint("token_id", "project_id", name=op.f("pk_token_project")),
    )
    op.add_column("member", sa.Column("joined_at", sa.BigInteger(), nullable=True))
    op.add_column("member", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE member SET joined_at = created_at")
    op.execute(ENROL_WHO_WORKS)
    for name in ("is_invitation", "is_limited"):
        op.add_column(
            "token",
            sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.add_column("task_assignee", sa.Column("assigned_at", sa.BigInteger(), nullable=True))
    op.add_column("activity", sa.Column("type", sa.String(), nullable=True))
    op.add_column("activity", sa.Column("undoes", sa.String(length=40), nullable=True))
    op.add_column("activity", sa.Column("rows", sa.String(), nullable=True))
    op.create_table(
        "client_contact",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("is_billing", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_client_contact_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_client_contact_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_contact")),
    )
    op.create_index(
        "ix_client_contact_client", "client_contact", ["organization_id", "client_id"], unique=False
    )
    for flag in ("primary", "billing"):
        op.create_index(
            f"uq_client_contact_{flag}",
            "client_contact",
            ["client_id"],
            unique=True,
            sqlite_where=sa.text(f"is_{flag} AND deleted_at IS NULL"),
            postgresql_where=sa.text(f"is_{flag} AND deleted_at IS NULL"),
        )
    for part in ("line1", "line2", "city", "region", "postal_code", "country"):
        op.add_column("client", sa.Column(f"billing_{part}", sa.String(), nullable=True))
    op.create_table(
        "expense",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=40), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("custom_category", sa.String(), nullable=True),
        sa.Column("expense_date", sa.String(length=10), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_expense_client_id_client")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_expense_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_expense_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
    )
    for name, columns in (
        ("created", ["organization_id", "created_at", "id"]),
        ("day", ["organization_id", "expense_date", "id"]),
        ("client", ["organization_id", "client_id"]),
        ("project", ["organization_id", "project_id"]),
    ):
        op.create_index(
            f"ix_expense_{name}",
            "expense",
            columns,
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
    op.create_table(
        "request_count",
        sa.Column("caller_id", sa.String(length=40), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("organization_id", sa.String(length=40), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_request_count_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint(
            "caller_id", "seconds", "ends_at", "process_id", name=op.f("pk_request_count")
        ),
    )
    for table in ("time_entry", "invoice"):
        op.create_index(
            f"ix_{table}_created",
            table,
            ["organization_id", "created_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
    for table, name, columns in (
        ("time_entry", "id", []),
        ("time_entry", "updated", ["updated_at"]),
        ("time_entry", "duration", ["duration_seconds"]),
        ("time_entry", "member", ["member_id", "created_at"]),
        ("time_entry", "project", ["project_id", "created_at"]),
        ("time_entry", "task", ["task_id", "created_at"]),
        ("invoice", "due_date", ["due_date"]),
        ("invoice", "number", ["number_key"]),
        ("invoice", "updated", ["updated_at"]),
    ):
        of_a_task = "task_id IS NOT NULL AND deleted_at IS NULL"
        live = sa.text(of_a_task if name == "task" else "deleted_at IS NULL")
        op.create_index(
            f"ix_{table}_{name}",
            table,
            ["organization_id", *columns, "id"],
            unique=False,
            sqlite_where=live,
            postgresql_where=live,
        )
    for name, columns in (
        ("ix_activity_unit", ["organization_id", "unit_id"]),
        ("ix_activity_at", ["organization_id", "at"]),
        ("ix_activity_operation", ["organization_id", "operation", "at"]),
    ):
        op.create_index(name, "activity", columns, unique=False)
    op.create_index(
        "ix_activity_undoes",
        "activity",
        ["organization_id", "undoes"],
        unique=False,
        sqlite_where=sa.text("undoes IS NOT NULL"),
        postgresql_where=sa.text("undoes IS NOT NULL"),
    )
    op.create_index(
        "ix_activity_run",
        "activity",
        ["organization_id", "run", "at"],
        unique=False,
        sqlite_where=sa.text("run IS NOT NULL"),
        postgresql_where=sa.text("run IS NOT NULL"),
    )
