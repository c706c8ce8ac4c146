"""The history of tasks: append-only; its key is the task and the number of the line, so that no line stands twice.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables of the lines of tasks, and of the looks that they were derived by."""
    op.create_table(
        "task_event",
        sa.Column("task", sa.String(12), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("person", sa.String(200)),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "task_look",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
