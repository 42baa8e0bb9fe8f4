"""Alembic's entry: runs the versions on the connection that ``upgrade`` passes in."""

from alembic import context

from portal.server.core.db import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters tables by copying them
    transaction_per_migration=False,
)
context.run_migrations()
