"""The documents of intake: Source (a system that exports), CodeList (its codes in our words), ContractWaiver (what may pass)."""

from __future__ import annotations

import codecs
from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field as SpecField
from pydantic import field_validator, model_validator

from charter.model.kind import Kind, Spec

Id = Annotated[str, SpecField(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")]
Rhythm = Literal["day", "week", "month"]


class Secret(Spec):
    """A value that comes from the environment."""

    env: str = SpecField(description="Name of the environment variable that holds the value.")


class Connection(Spec):
    """How the system is reached."""

    type: str = SpecField(description="Connector: `files`, `sql`, or one that a plug-in registers.")
    url: Secret | str | None = SpecField(
        default=None, description="SQLAlchemy URL of the database; with a password only by environment variable."
    )
    file: str | None = SpecField(default=None, description="SQLite file, as a shorter form of its URL.")

    @model_validator(mode="after")
    def _reachable(self) -> Connection:
        if self.type == "sql" and (self.url is None) == (self.file is None):
            raise ValueError("a sql connection has exactly one of url and file")
        return self


class Stream(Spec):
    """A part of the rows that must not fall silent."""

    id: Id = SpecField(description="Name of the stream, as the target's column `stream` gives it.")
    rhythm: Rhythm = SpecField(description="At least one row is expected in each day, week or month.")
    grace: int = SpecField(default=0, ge=0, description="Days after the period by which its rows are known.")
    feeds: tuple[str, ...] = SpecField(
        default=("fact_order",), description="Facts whose population it belongs to; their numbers need it."
    )
    scope: str = SpecField(
        default="group", description="Scope that its rows belong to: numbers of others do not lack what it did not say."
    )
    title: str | None = SpecField(default=None, description="Name for people: `manual orders of the resellers`.")


class Field(Spec):
    """One field of a file of fixed width."""

    name: str = SpecField(min_length=1, description="Name of the column, as the contract's `physicalName` has it.")
    start: int = SpecField(ge=1, description="Its first place in the line, from 1.")
    width: int = SpecField(ge=1, description="How many characters it has.")


class FileFormat(Spec):
    """How files are written; what is left out is detected, and reported."""

    type: Literal["csv", "tsv", "parquet", "xlsx", "json", "jsonl", "fixed"] = SpecField(
        default="csv", description="Form of the files; .gz and .zip are unpacked."
    )
    member: str | None = SpecField(default=None, description="Of a ZIP, the files whose names match (`*.csv`); else all.")
    sheet: str | None = SpecField(default=None, description="Sheet of a workbook; else the one with the contract's columns.")
    rows: str | None = SpecField(
        default=None, description="Path of the list in a JSON document that holds the rows (`data.orders`)."
    )
    explode: str | None = SpecField(
        default=None, description="Path of a list within a row of JSON: one row for each of its entries, which stands in its place."
    )
    fields: tuple[Field, ...] = SpecField(default=(), description="Fields of a file of fixed width.")
    skip: int = SpecField(default=0, ge=0, description="Lines before the first row of a file of fixed width.")
    delimiter: str | None = SpecField(default=None, min_length=1, max_length=1, description="What separates the fields.")
    quote: str | None = SpecField(default=None, max_length=1, description='What quotes a field; default `"`; empty: nothing does.')
    encoding: str | None = SpecField(
        default=None, description="utf-8, utf-16, latin-1 (read as cp1252), or any other that Python knows."
    )
    decimal: Literal[".", ","] | None = SpecField(default=None, description="Decimal sign.")
    thousands: Literal[".", ",", "'", " ", "\u00a0", "\u202f"] | None = SpecField(
        default=None, description="Sign between groups of three digits."
    )
    dates: str | None = SpecField(default=None, description="strptime format of dates, `%d.%m.%Y`; a column's own goes first.")
    timestamps: str | None = SpecField(default=None, description="strptime format of timestamps, `%d.%m.%Y %H:%M`.")
    nulls: tuple[str, ...] = SpecField(default=("",), description="Texts that mean: no value.")
    header: bool = SpecField(default=True, description="The first line names the columns; else they come by place.")

    @model_validator(mode="after")
    def _fits_its_type(self) -> FileFormat:
        if (self.type == "fixed") != bool(self.fields):
            raise ValueError("a file of type fixed names its fields, and no other does")
        for name, types in (("sheet", ("xlsx",)), ("rows", ("json",)), ("explode", ("json", "jsonl"))):
            if getattr(self, name) is not None and self.type not in types:
                raise ValueError(f"{name} belongs to files of type {' or '.join(types)}")
        return self

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

    id: Annotated[str, SpecField(pattern=r"^[a-z][a-z0-9_]*$")] = SpecField(description="Prefix of its columns in expressions.")
    list: str = SpecField(description="Ref of the CodeList.")
    on: tuple[str, ...] = SpecField(min_length=1, description="Source columns, matched with the list's key in its order.")
    required: bool = SpecField(default=False, description="Rows without a match are held in quarantine.")


class Exclusion(Spec):
    """Rows that are left out of the canonical tables with a reason; they stay in the account."""

    reason: Id = SpecField(description="Reason code, as the account shows it.")
    when: str = SpecField(description="Expression; rows for which it is true are left out.")


class Entity(Spec):
    """One kind of rows that the source delivers: where, under which contract, mapped to what."""

    id: Id = SpecField(description="Name of the entity within the source.")
    files: tuple[str, ...] = SpecField(default=(), description="Globs, `root:path/*.csv` for a named input root.")
    table: str | None = SpecField(default=None, description="Table or view of the database, `schema.table`.")
    cursor: str | None = SpecField(
        default=None, description="Column that rises with each change; rows from the last one on, and nulls, are read."
    )
    format: FileFormat = SpecField(default=FileFormat(), description="How the files are written.")
    contract: str = SpecField(description="Ref of the DataContract (ODCS) that judges the rows.")
    object: str | None = SpecField(default=None, description="Schema object of the contract; default: its only one.")
    key: tuple[str, ...] = SpecField(default=(), description="Columns that identify a row.")
    document: tuple[str, ...] = SpecField(
        default=(), description="Without a key: columns that name the row's document; equal rows in it are counted."
    )
    version: str | None = SpecField(
        default=None, description="Expression; of two rows with one key the greater wins, else the later delivery."
    )
    lookups: tuple[Lookup, ...] = SpecField(default=(), description="Code lists.")
    exclude: tuple[Exclusion, ...] = SpecField(default=(), description="What is left out; the first that is true counts.")
    value: str | None = SpecField(default=None, description="Expression: what a held row is worth.")
    currency: str | None = SpecField(default=None, description="Expression: the currency of `value`.")
    day: str | None = SpecField(
        default=None, description="Expression: the day that a row tells of; of an instant, the day by its branch's clock."
    )
    targets: dict[str, dict[str, str]] = SpecField(
        min_length=1, description="Target -> canonical column -> expression over the contract's and lookups' columns."
    )

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Entity:
        if bool(self.files) == bool(self.table):
            raise ValueError("an entity has exactly one of files and table")
        return self


class SourceSpec(Spec):
    """A system that exports, and how its rows become canonical."""

    system: Id = SpecField(description="Prefix of document numbers, so that those of two systems never collide.")
    scope: str = SpecField(default="group", description="Scope of rows that name none.")
    time_zone: str = SpecField(default="Etc/UTC", description="IANA zone of instants without an offset.")
    connection: Connection = SpecField(description="How the system is reached.")
    streams: tuple[Stream, ...] = SpecField(default=(), description="Parts that must not fall silent.")
    entities: tuple[Entity, ...] = SpecField(min_length=1, description="The kinds of rows that it delivers.")

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

    file: str | None = SpecField(default=None, description="CSV file beside the document.")
    key: tuple[str, ...] = SpecField(min_length=1, description="Columns that identify a row.")
    rows: tuple[dict[str, Any], ...] = SpecField(default=(), description="The rows written out, instead of a file.")

    @model_validator(mode="after")
    def _has_rows_once(self) -> CodeListSpec:
        if bool(self.file) == bool(self.rows):
            raise ValueError("a code list has exactly one of file and rows")
        return self


class ContractWaiverSpec(Spec):
    """A permission for rows that break one rule, for a time: they are taken in, and counted as waived."""

    source: str = SpecField(description="Ref of the Source that delivers them.")
    entity: str = SpecField(description="Id of its entity.")
    rule: str = SpecField(description="Rule that they may break, as `charter quarantine list` names it (`item:required`).")
    scope: str = SpecField(default="group", description="Only rows of this scope and those below.")
    from_: date = SpecField(
        alias="from", description="First day: what comes from it on passes. The day is the delivery's, not the row's."
    )
    expires: date = SpecField(description="First day on which what comes is held again.")
    requester: str = SpecField(description="Who asked for it.")
    approver: str = SpecField(description="Who granted it; never the same person.")
    reason: str = SpecField(min_length=1, description="Why such rows are better taken in than held.")
    compensating_control: str = SpecField(min_length=1, description="What is done meanwhile, so that no harm comes of them.")

    @field_validator("requester", "approver")
    @classmethod
    def _is_a_person(cls, value: str) -> str:
        if not value.removeprefix("person/") or not value.startswith("person/") or " " in value:
            raise ValueError("a person such as person/ann")
        return value


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
    Kind(
        "ContractWaiver",
        ContractWaiverSpec,
        "A permission for rows that break one rule of a contract, for a time.",
        control=True,
        refs={"spec.source": ("Source",)},
    ),
)
