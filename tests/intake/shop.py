"""A small shop as a workspace: one source of order lines, run through the use case, and what can be seen of it then."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from charter.app.check import check
from charter.app.findings import as_text
from charter.app.init import init
from charter.app.project import Project, open_project
from charter.app.run import RunReport, run

AT = datetime(2024, 8, 1, 6, tzinfo=UTC)
COLUMNS = "no,pos,day,item,qty,net"
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
name: orders
version: 1.0.0
status: active
schema:
  - name: lines
    logicalType: object
    properties:
      - {name: no, logicalType: string, required: true}
      - {name: pos, logicalType: integer, required: true}
      - {name: day, logicalType: date, required: true}
      - {name: item, logicalType: string}
      - {name: qty, logicalType: integer}
      - {name: net, logicalType: number}
"""
SOURCE = """\
apiVersion: charter/v1
kind: Source
metadata: {name: erp}
spec:
  system: erp
  connection: {type: files}
  entities:
    - id: lines
      files: ["../../exports/*.csv"]
      format: {}
      contract: DataContract:orders
      key: [no, pos]
      value: net
      day: day
      targets:
        order_line: {document: no, line: pos, ordered_on: day, item: item, quantity: qty, net_amount: net, currency: "'EUR'"}
"""
Line = tuple[str, int, int, int, int, int, int]


class Shop:
    """The shop: write deliveries, run, look."""

    def __init__(self, folder: Path, source: str = SOURCE, contract: str = CONTRACT) -> None:
        self.folder = folder
        init(folder, name="shop", currency="EUR", time_zone="Etc/UTC")
        for metric in (folder / "group" / "metrics").iterdir():
            metric.unlink()
        (folder / "group" / "locks.yaml").unlink()
        (folder / "group" / "owners.csv").write_text("object,scope,facet,role,person,from,to\n")
        self.write("group/contracts/orders.odcs.yaml", contract)
        self.write("group/sources/erp.yaml", source)
        (folder / "exports").mkdir(exist_ok=True)

    def write(self, name: str, text: str | bytes) -> Path:
        """Puts a file below the workspace."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def deliver(self, name: str, text: str | bytes) -> Path:
        """Puts a file among the exports."""
        return self.write(f"exports/{name}", text)

    def format(self, text: str) -> None:
        """Declares how the files are written: `decimal: ","`."""
        self.write("group/sources/erp.yaml", SOURCE.replace("format: {}", f"format: {{{text}}}"))

    @property
    def project(self) -> Project:
        """The workspace, read anew."""
        return open_project(self.folder)

    def run(self, at: datetime = AT, **options: Any) -> RunReport:
        """Runs; every account balances."""
        report = run(self.project, at=at, **options)
        for line in report.accounts:
            assert line.received == sum(line.counts[1:]), line
            assert line.balances, line
        return report

    def check(self) -> list[str]:
        """What `charter check` says, as text."""
        return [as_text(finding) for finding in check(self.project, AT.date())]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query; `{table}` names a table of the lake."""
        with self.project.reading() as lake:
            return lake.rows(lake.filled(sql))

    def lines(self) -> list[tuple[Any, ...]]:
        """The order lines that were taken in."""
        return self.rows(
            "SELECT document_key, line_id, ordered_on, item_key, quantity, net_amount FROM {fact_order_line} ORDER BY ALL"
        )

    def held(self, source_columns: str = "row_number, rules, payload") -> list[tuple[Any, ...]]:
        """Row, rules and payload of what is held, by delivery and row."""
        found = self.rows(f"SELECT {source_columns} FROM {{quarantine_row}} ORDER BY delivery, row_number")
        return [tuple(json.loads(value) if str(value).startswith("{") else value for value in row) for row in found]


def told(report: RunReport) -> dict[str, tuple[Any, ...]]:
    """Per delivery: received, accepted, unchanged, superseded, excluded, quarantined, and why it was refused."""
    return {Path(line.delivery).name: (*line.counts, line.refused_because) for line in report.accounts}


def noticed(report: RunReport) -> list[str]:
    """The findings of a run as text."""
    return [as_text(finding) for finding in report.findings]
