"""A workspace that takes in generated customers, their orders and items; and the same customers as a table of the lake at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path

from tests.matching.customers import Customer

from charter.app.init import init
from charter.app.project import Project, open_project
from charter.app.run import run

AT = datetime(2026, 9, 1, 6, tzinfo=UTC)
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: erp
name: erp
version: 1.0.0
status: active
schema:
  - name: customers
    logicalType: object
    properties:
      - {name: key, logicalType: string, required: true}
      - {name: scope, logicalType: string}
      - {name: name, logicalType: string}
      - {name: street, logicalType: string}
      - {name: postal_code, logicalType: string}
      - {name: city, logicalType: string}
      - {name: country, logicalType: string}
      - {name: tax_id, logicalType: string}
      - {name: phone, logicalType: string}
      - {name: email, logicalType: string}
      - {name: parent, logicalType: string}
  - name: orders
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: key, logicalType: string}
      - {name: day, logicalType: date, required: true}
      - {name: net, logicalType: number}
      - {name: way, logicalType: string}
  - name: items
    logicalType: object
    properties:
      - {name: key, logicalType: string, required: true}
      - {name: title, logicalType: string}
      - {name: maker, logicalType: string}
      - {name: number, logicalType: string}
      - {name: gtin, logicalType: string}
"""
SOURCE = """\
apiVersion: charter/v1
kind: Source
metadata: {name: erp}
spec:
  system: erp
  connection: {type: files}
  entities:
    - id: customers
      files: ["../../exports/customers*.csv"]
      format: {type: csv, delimiter: ",", encoding: utf-8}
      contract: DataContract:erp
      object: customers
      key: [key]
      targets:
        account: {account: key, home_scope: "coalesce(scope, 'group')", name: name, street: street, postal_code: postal_code, city: city,
                  country: country, tax_id: tax_id, phone: phone, email: email, parent: parent}
    - id: orders
      files: ["../../exports/orders*.csv"]
      format: {type: csv, delimiter: ",", encoding: utf-8, decimal: ".", dates: "%Y-%m-%d"}
      contract: DataContract:erp
      object: orders
      key: [no]
      value: net
      day: day
      targets:
        order: {document: no, account: key, ordered_on: day, net_amount: net, currency: "'EUR'", eligible: "true", confirmed: "true",
                commit_class: way, selling_scope: "'group'"}
    - id: items
      files: ["../../exports/items*.csv"]
      format: {type: csv, delimiter: ",", encoding: utf-8}
      contract: DataContract:erp
      object: items
      key: [key]
      targets:
        item: {item: key, title: title, manufacturer: maker, manufacturer_item: number, gtin: gtin}
"""
CUSTOMER = ("key", "scope", "name", "street", "postal_code", "city", "country", "tax_id", "phone", "email", "parent")
Order = tuple[str, str, str, str, str]
Item = tuple[str, str, str | None, str | None, str | None]


class Group:
    """The group: write what its ERP exports, run, look."""

    def __init__(self, folder: Path) -> None:
        init(folder, name="group", currency="EUR", time_zone="Etc/UTC")
        self.folder = folder
        (folder / "exports").mkdir()
        (folder / "group" / "contracts").mkdir(parents=True, exist_ok=True)
        (folder / "group" / "sources").mkdir(parents=True, exist_ok=True)
        (folder / "group" / "contracts" / "erp.odcs.yaml").write_text(CONTRACT)
        (folder / "group" / "sources" / "erp.yaml").write_text(SOURCE)
        self._deliveries = 0

    @property
    def project(self) -> Project:
        return open_project(self.folder)

    def deliver(self, customers: Iterable[Customer] = (), orders: Iterable[Order] = (), items: Iterable[Item] = ()) -> None:
        """Writes an export of each and takes it in."""
        self._deliveries += 1
        self._write("customers", CUSTOMER, (_exported(one) for one in customers))
        self._write("orders", ("no", "key", "day", "net", "way"), orders)
        self._write("items", ("key", "title", "maker", "number", "gtin"), items)
        report = run(self.project, at=AT)
        assert not report.quarantined, report
        assert not report.refused, report

    def _write(self, name: str, heads: tuple[str, ...], rows: Iterable[tuple[str | None, ...]]) -> None:
        told = list(rows)
        if told:
            with (self.folder / "exports" / f"{name}-{self._deliveries}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([heads, *told])


def _exported(one: Customer) -> tuple[str | None, ...]:
    key, _, name, street, postal, city, country, tax, phone, email, parent, *_ = astuple(one)
    return (key, one.scope, name, street, postal, city, country, tax, phone, email, parent)
