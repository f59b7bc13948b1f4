"""How Alembic runs our migrations: on the connection it is handed, in that one's transaction."""

from alembic import context

from hoursmith_mcp.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
