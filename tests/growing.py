"""A group of two sources that tell of the same orders, so that both touch the same cells; and where its lake and state lie.

The shop originates two orders of three; the ERP has all of them, those of the shop as copies with a later time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.app.whole import everything

from charter.app.init import init
from charter.app.project import Project

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
SOURCES = ("erp", "shop")
_CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: {name}
name: {name}
version: 1.0.0
status: active
schema:
  - name: orders
    logicalType: object
    properties:
      - {{name: no, logicalType: string, required: true}}
      - {{name: ref, logicalType: string}}
      - {{name: at, logicalType: timestamp, logicalTypeOptions: {{timezone: true}}}}
      - {{name: class, logicalType: string}}
      - {{name: net, logicalType: number}}
"""
_SOURCE = """\
apiVersion: charter/v1
kind: Source
metadata: {{name: {name}}}
spec:
  system: {name}
  connection: {{type: files}}
  entities:
    - id: orders
      files: ["../../exports/{name}/*.csv"]
      format: {{delimiter: ",", encoding: utf-8}}
      contract: DataContract:{name}
      key: [no]
      version: at
      value: net
      day: cast(at as date)
      targets:
        order:
          document: no
          root: "case when ref is not null then 'shop:' || ref else no end"
          is_origin: ref is null
          account: "'a' || right(no, 1)"
          commit_class: class
          received_at: at
          confirmed_at: at
          currency: "'EUR'"
          net_amount: net
          confirmed: "true"
          eligible: "true"
        order_line: {{document: no, line: "'1'", root: "case when ref is not null then 'shop:' || ref else no end", is_origin: ref is null, ordered_on: cast(at as date), item: "'i' || right(no, 1)", quantity: "1", net_amount: net, currency: "'EUR'", commit_class: class}}
"""


def write_group(folder: Path, *, days: int = 2, orders: int = 9) -> None:
    """Writes the workspace with a delivery of each source for each day; one row of each can not be read and is held."""
    init(folder, name="growing", currency="EUR", time_zone="Etc/UTC")
    (folder / "group" / "locks.yaml").unlink()
    (folder / "group" / "owners.csv").write_text("object,scope,facet,role,person,from,to\n")
    for name in SOURCES:
        for place, text in (("contracts", _CONTRACT), ("sources", _SOURCE)):
            path = folder / "group" / place / f"{name}{'.odcs' if place == 'contracts' else ''}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(name=name))
    for day in range(days):
        deliver(folder, day, orders)


def deliver(folder: Path, day: int, orders: int = 9) -> None:
    """Writes what both sources deliver of a day; one day after the other lies in another month."""
    of_shop, of_erp = [], []
    for number in range(orders):
        at = datetime(2025, 10, 1, 8, number % 60, tzinfo=UTC) + timedelta(days=day % 3 * 31 + day // 3)
        name, net = f"{day:04d}-{number:06d}", f"{10 + number}.{day % 100:02d}"
        if number % 3:
            of_shop.append(f"{name},,{at.isoformat()},C1,{net}")
            of_erp.append(f"e{name},{name},{(at + timedelta(minutes=5)).isoformat()},C3,{net}")
        else:
            of_erp.append(f"e{name},,{at.isoformat()},C3,{net}")
    for source, rows in (("shop", of_shop), ("erp", of_erp)):
        path = folder / "exports" / source / f"{day:04d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "\n".join(["no,ref,at,class,net", *rows, f"bad{day},,{datetime(2025, 11, 1, tzinfo=UTC).isoformat()},C3,much"]) + "\n"
        )


def settle_in(folder: Path, store: str) -> None:
    """Says in charter.yaml where lake and state lie: the lines below `store`."""
    path = folder / "charter.yaml"
    head = path.read_text().partition("  store:\n")[0]
    path.write_text(f"{head.rstrip()}\n  store:\n{store}")


IN_POSTGRES = "    catalog: {env: GROWING_CATALOG}\n    state: {env: GROWING_STATE}\n"
ELSEWHERE = "    data: ../elsewhere\n"


def told(project: Project) -> dict[str, list[Any]]:
    """Answers every row of every table; where charter.yaml says that the lake lies is part of the model's hash, which is left out."""
    mine = project.workspace.manifest.hash
    return {name: [row.replace(mine, "the model") for row in rows] for name, rows in everything(project).items()}
