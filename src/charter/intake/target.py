"""Which canonical tables rows can be mapped to, and by what names mappings call their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from charter.warehouse.tables import TABLES, Table
from charter.warehouse.tables.column import RECORD_GRAIN

IDENTITY = ("source", "entity", "row_key", "content_hash", "batch_id")
OWN_SCOPES = ("selling_scope", "serving_scope", "home_scope", "scope")
_SCOPES = ("selling_scope", "fulfilling_scope", "serving_scope", "home_scope", "ship_to_market", "scope")


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One target: its table, what mappings call some columns, which are qualified by the system, and what some may hold.

    `filled` are columns that no mapping gives: they follow from other tables. `rules` hold a row back where the SQL over its
    columns (`{kind}`) is true, if all of them are mapped.
    """

    name: str
    table: Table
    aliases: Mapping[str, str]
    qualified: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filled: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """Answers the SQL type of each column that a mapping may give."""
        own = {column.name: column.type for column in self.table.columns}
        kept = (*IDENTITY, "version_order", *self.filled) if self.is_record() else ("source", "batch_id")
        return {name: sql_type for name, sql_type in own.items() if name not in kept}

    def column_for(self, key: str) -> str | None:
        """Answers the table's column for a mapping key, or None if there is none."""
        name = self.aliases.get(key, key)
        return name if name in self.columns() else None

    def missing(self, mapped: Iterable[str]) -> tuple[str, ...]:
        """Answers the columns, as mappings call them, without which a row says nothing and that are not mapped."""
        given = {self.column_for(key) for key in mapped}
        given |= {column for column, origin in self.defaults.items() if origin in given}
        called = {column: key for key, column in self.aliases.items()}
        # A scope that is not mapped is the source's own.
        return tuple(called.get(name, name) for name in self.needed if name not in given and name not in _SCOPES)

    def scopes(self) -> tuple[str, ...]:
        """Answers the columns that hold scope ids."""
        return tuple(name for name in self.columns() if name in _SCOPES)

    def own_scope(self) -> str | None:
        """Answers the column with the scope that a row belongs to, or None if it has none."""
        return next((name for name in OWN_SCOPES if name in self.columns()), None)

    def pseudonyms(self) -> tuple[str, ...]:
        """Answers the columns that keep a person as a keyed pseudonym only."""
        return tuple(column.name for column in self.table.columns if column.pseudonym)

    def keeps_versions(self) -> bool:
        """Answers whether the table keeps which version of a row it holds."""
        return "version_order" in self.table.column_names()

    def is_record(self) -> bool:
        """Answers whether rows keep their identity in the table."""
        return self.table.grain == RECORD_GRAIN


_ORDER = {
    "document": "document_key",
    "root": "root_key",
    "account": "account_key",
    "item": "item_key",
    "line": "line_id",
}

_INVOICE = {
    "document": "document_key",
    "order": "order_key",
    "origin": "origin_key",
    "account": "account_key",
    "item": "item_key",
    "line": "line_id",
}
OF_ORDER = ("root_key", "commit_class", "touchpoint", "order_type", "eligible", "ineligible_reason")
"""What an invoice line takes over of the order that it bills."""

_CLASSES: dict[str, tuple[str, ...]] = {"commit_class": ("C0", "C1", "C2", "C3", "C4", "C5", "CX")}

_PLACED: dict[str, tuple[str, ...]] = {"placed_by_side": ("customer", "agent", "system")}

_SIDES = {"actor_side": ("customer", "agent", "system"), "contact": ("to_customer", "from_customer", "none")}

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target(
            "order", TABLES["order_record"], _ORDER, ("document_key", "root_key"), {"root_key": "document_key"},
            ("document_key",), ("ordered_on", "confirmed_at", "received_at", "entered_at"), _CLASSES | _PLACED,
        ),
        Target(
            "order_line", TABLES["fact_order_line"], _ORDER, ("document_key", "root_key"), {"root_key": "document_key"},
            ("document_key",), ("ordered_on",), _CLASSES,
        ),
        Target(
            "invoice_line", TABLES["fact_invoice_line"], _INVOICE, ("document_key", "order_key", "origin_key"), {},
            ("document_key", "kind", "invoiced_on", "net_amount", "currency"), ("invoiced_on",),
            {"kind": ("invoice", "credit_note")}, OF_ORDER, {"net_amount:sign": "{kind} = 'credit_note' AND {net_amount} > 0"},
        ),
        Target(
            "case_event", TABLES["case_event"], {"case": "case_key", "account": "account_key"},
            ("case_key", "merged_into"), {}, ("case_key", "occurred_at", "state"), ("occurred_at",), _SIDES,
        ),
        Target(
            "defect", TABLES["fact_defect"], {"defect": "defect_key", "root": "root_key", "document": "root_key"},
            ("root_key",), {}, ("defect_key", "root_key"), ("found_at",),
        ),
        Target(
            "account", TABLES["dim_account"], {"account": "account_key", "parent": "parent_account_key"},
            (), {}, ("account_key",), ("valid_from",),
        ),
        Target("item", TABLES["dim_item"], {"item": "item_key"}, (), {}, ("item_key",), ("valid_from",)),
        Target("fx_rate", TABLES["fx_rate"], {}, (), {}, ("rate_set", "currency", "rate_on", "rate"), ("rate_on",)),
        Target(
            "control_total", TABLES["control_total"], {}, (), {}, ("entity", "scope", "month", "measure", "value"), ("month",),
            {"measure": ("orders", "invoices", "lines", "net_amount")},
        ),
    )
}  # fmt: skip

_FEEDS = {"order": ("order_record", "fact_order"), "case_event": ("case_event", "fact_case")}


def tables_fed(entity: object) -> frozenset[str]:
    """Answers the tables that an entity of a source fills, those folded or replayed from them included."""
    names = [name for name in getattr(entity, "targets", ()) if name in TARGETS]
    return frozenset(table for name in names for table in _FEEDS.get(name, (TARGETS[name].table.name,)))
