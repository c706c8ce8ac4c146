"""Alembic's scripts for the operational database."""
