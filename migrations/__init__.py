"""Alembic's migrations of the schema, for SQLite and PostgreSQL; run by `hub.migrate`."""
