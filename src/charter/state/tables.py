"""The tables of the operational database."""

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData()

ACCEPTANCE = Table(
    "acceptance",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("object", String(200), nullable=False),
    Column("scope", String(200), nullable=False),
    Column("facet", String(200), nullable=False),
    Column("role", String(40), nullable=False),
    Column("person", String(200), nullable=False),
    Column("valid_from", Date),
    Column("accepted_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", String(200), nullable=False),
    UniqueConstraint("object", "scope", "facet", "role", "person", "valid_from", name="acceptance_once"),
)

TASK_EVENT = Table(
    "task_event",
    METADATA,
    Column("task", String(12), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("what", String(40), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("person", String(200)),
    Column("detail", Text, nullable=False),
)

TASK_LOOK = Table(
    "task_look",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("basis", String(200), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

PSEUDONYM_KEY = Table(
    "pseudonym_key",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

MATCH_DECISION = Table(
    "match_decision",
    METADATA,
    Column("kind", String(20), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("left_key", String(400), nullable=False),
    Column("right_key", String(400), nullable=False),
    Column("what", String(20), nullable=False),
    Column("by", String(200), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
)
