"""The documents of intake: Source (a system that exports) and CodeList (its codes in our words)."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from charter.model.kind import Kind, Spec

Id = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")]
Rhythm = Literal["day", "week", "month"]


class Secret(Spec):
    """A value that comes from the environment."""

    env: str = Field(description="Name of the environment variable that holds the value.")


class Connection(Spec):
    """How the system is reached."""

    type: str = Field(description="Connector: `files`, `sql`, or one that a plug-in registers.")
    url: Secret | str | None = Field(
        default=None, description="SQLAlchemy URL of the database; with a password only by environment variable."
    )
    file: str | None = Field(default=None, description="SQLite file, as a shorter form of its URL.")

    @model_validator(mode="after")
    def _reachable(self) -> Connection:
        if self.type == "sql" and (self.url is None) == (self.file is None):
            raise ValueError("a sql connection has exactly one of url and file")
        return self


class Stream(Spec):
    """A part of the rows that must not fall silent."""

    id: Id = Field(description="Name of the stream, as the target's column `stream` gives it.")
    rhythm: Rhythm = Field(description="At least one row is expected in each day, week or month.")
    grace: int = Field(default=0, ge=0, description="Days after the period by which its rows are known.")
    feeds: tuple[str, ...] = Field(
        default=("fact_order",), description="Facts whose population it belongs to; their numbers need it."
    )
    title: str | None = Field(default=None, description="Name for people: `manual orders of the resellers`.")


class FileFormat(Spec):
    """How files are written; what is left out is detected, and reported."""

    type: Literal["csv", "tsv", "parquet"] = Field(default="csv", description="Form of the files; .gz is unpacked.")
    delimiter: str | None = Field(default=None, min_length=1, max_length=1, description="What separates the fields.")
    quote: str | None = Field(default=None, max_length=1, description='What quotes a field; default `"`; empty: nothing does.')
    encoding: str | None = Field(
        default=None, description="utf-8, utf-16, latin-1 (read as cp1252), or any other that Python knows."
    )
    decimal: Literal[".", ","] | None = Field(default=None, description="Decimal sign.")
    thousands: Literal[".", ",", "'", " ", "\u00a0", "\u202f"] | None = Field(
        default=None, description="Sign between groups of three digits."
    )
    dates: str | None = Field(default=None, description="strptime format of dates, `%d.%m.%Y`; a column's own goes first.")
    timestamps: str | None = Field(default=None, description="strptime format of timestamps, `%d.%m.%Y %H:%M`.")
    nulls: tuple[str, ...] = Field(default=("",), description="Texts that mean: no value.")
    header: bool = Field(default=True, description="The first line names the columns; else they come by place.")

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, value: str | None) -> str | None:
        try:
            if value is not None:
                codecs.lookup(value)
        except LookupError as error:
            raise ValueError("an encoding such as utf-8, utf-16, latin-1 or cp1252 is allowed") from error
        return value


class Lookup(Spec):
    """A code list joined by equality; its columns are then `<id>.<column>`."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = Field(description="Prefix of its columns in expressions.")
    list: str = Field(description="Ref of the CodeList.")
    on: tuple[str, ...] = Field(min_length=1, description="Source columns, matched with the list's key in its order.")
    required: bool = Field(default=False, description="Rows without a match are held in quarantine.")


class Exclusion(Spec):
    """Rows that are left out of the canonical tables with a reason; they stay in the account."""

    reason: Id = Field(description="Reason code, as the account shows it.")
    when: str = Field(description="Expression; rows for which it is true are left out.")


class Entity(Spec):
    """One kind of rows that the source delivers: where, under which contract, mapped to what."""

    id: Id = Field(description="Name of the entity within the source.")
    files: tuple[str, ...] = Field(default=(), description="Globs, `root:path/*.csv` for a named input root.")
    table: str | None = Field(default=None, description="Table or view of the database, `schema.table`.")
    cursor: str | None = Field(
        default=None, description="Column that rises with each change; rows from the last one on, and nulls, are read."
    )
    format: FileFormat = Field(default=FileFormat(), description="How the files are written.")
    contract: str = Field(description="Ref of the DataContract (ODCS) that judges the rows.")
    object: str | None = Field(default=None, description="Schema object of the contract; default: its only one.")
    key: tuple[str, ...] = Field(default=(), description="Columns that identify a row.")
    document: tuple[str, ...] = Field(
        default=(), description="Without a key: columns that name the row's document; equal rows in it are counted."
    )
    version: str | None = Field(
        default=None, description="Expression; of two rows with one key the greater wins, else the later delivery."
    )
    lookups: tuple[Lookup, ...] = Field(default=(), description="Code lists.")
    exclude: tuple[Exclusion, ...] = Field(default=(), description="What is left out; the first that is true counts.")
    value: str | None = Field(default=None, description="Expression: what a held row is worth.")
    currency: str | None = Field(default=None, description="Expression: the currency of `value`.")
    day: str | None = Field(default=None, description="Expression: the day that a row tells of.")
    targets: dict[str, dict[str, str]] = Field(
        min_length=1, description="Target -> canonical column -> expression over the contract's and lookups' columns."
    )

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Entity:
        if bool(self.files) == bool(self.table):
            raise ValueError("an entity has exactly one of files and table")
        return self


class SourceSpec(Spec):
    """A system that exports, and how its rows become canonical."""

    system: Id = Field(description="Prefix of document numbers, so that those of two systems never collide.")
    scope: str = Field(default="group", description="Scope of rows that name none.")
    time_zone: str = Field(default="Etc/UTC", description="IANA zone of instants without an offset.")
    connection: Connection = Field(description="How the system is reached.")
    streams: tuple[Stream, ...] = Field(default=(), description="Parts that must not fall silent.")
    entities: tuple[Entity, ...] = Field(min_length=1, description="The kinds of rows that it delivers.")

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("an IANA time zone such as Europe/Berlin is allowed") from error
        return value


class CodeListSpec(Spec):
    """A source's codes in our words: one row per key."""

    file: str | None = Field(default=None, description="CSV file beside the document.")
    key: tuple[str, ...] = Field(min_length=1, description="Columns that identify a row.")
    rows: tuple[dict[str, Any], ...] = Field(default=(), description="The rows written out, instead of a file.")

    @model_validator(mode="after")
    def _has_rows_once(self) -> CodeListSpec:
        if bool(self.file) == bool(self.rows):
            raise ValueError("a code list has exactly one of file and rows")
        return self


KINDS = (
    Kind(
        "Source",
        SourceSpec,
        "A system that exports: how it is reached, what it delivers, and how its rows become canonical.",
        merge_keys={
            "spec.streams": "id",
            "spec.entities": "id",
            "spec.entities.*.lookups": "id",
            "spec.entities.*.exclude": "reason",
        },
    ),
    Kind("CodeList", CodeListSpec, "A source's codes in our words.", tables=("spec.file",)),
)
