"""How Alembic reaches the store: always on the connection that ``upgrade`` hands over."""

from alembic import context

from arncnn.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
