"""The tables of the operational database."""

from sqlalchemy import Column, Date, DateTime, Integer, MetaData, String, Table, UniqueConstraint

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
