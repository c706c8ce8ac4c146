"""The workspace of the benchmarks: 45 markets, 500 branches, one ERP, the standard metrics."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.data import BRANCHES, MARKETS

ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Sydney")
METRICS = (
    "average-order-time", "digital-customer-share", "digital-order-ratio", "digital-order-ratio-value",
    "digital-order-ratio-without-counter", "edi-share", "order-count", "order-value", "self-service-ratio",
)  # fmt: skip

_HEAD = "apiVersion: charter/v1\n"
_CALENDAR = (
    _HEAD + "kind: Calendar\nmetadata: {name: standard}\nspec:\n  country: de\n  hours:\n"
    + "".join(f'    {day}: ["08:00-12:00", "13:00-17:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri"))
)  # fmt: skip
_CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: erp
name: erp
version: 1.0.0
status: active
schema:
  - name: lines
    logicalType: object
    properties:
      - {name: order_no, logicalType: string, required: true, logicalTypeOptions: {pattern: "^SO[0-9]{9}$"}}
      - {name: line_no, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1}}
      - {name: order_date, logicalType: date, required: true}
      - {name: branch_code, logicalType: string, required: true}
      - {name: channel, logicalType: string, required: true}
      - {name: account, logicalType: string, required: true}
      - {name: sku, logicalType: string, required: true}
      - {name: quantity, logicalType: integer, required: true}
      - {name: unit_price, logicalType: number, required: true, logicalTypeOptions: {minimum: 0}}
      - {name: net_amount, logicalType: number, required: true}
      - {name: currency, logicalType: string, required: true}
"""
_SOURCE = """apiVersion: charter/v1
kind: Source
metadata: {name: erp}
spec:
  system: erp
  connection: {type: files}
  entities:
    - id: lines
      files: ["../exports/*.csv"]
      format: {type: csv, delimiter: ",", encoding: utf-8, decimal: ".", dates: "%Y-%m-%d"}
      contract: DataContract:erp
      key: [order_no, line_no]
      lookups:
        - {id: site, list: "CodeList:sites", on: [branch_code], required: true}
        - {id: way, list: "CodeList:ways", on: [channel]}
      value: net_amount
      currency: currency
      day: order_date
      targets:
        order_line:
          document: order_no
          line: line_no
          account: account
          selling_scope: site.scope
          ship_to_market: site.market
          commit_class: "coalesce(way.class, 'CX')"
          touchpoint: way.touchpoint
          ordered_on: order_date
          item: sku
          quantity: quantity
          unit: "'PCE'"
          unit_price: unit_price
          net_amount: net_amount
          currency: currency
          eligible: "true"
"""
_WAYS = """apiVersion: charter/v1
kind: CodeList
metadata: {name: ways}
spec:
  key: [code]
  rows:
    - {code: WEB, class: C1, touchpoint: shop}
    - {code: EDI, class: C0, touchpoint: edi}
    - {code: TEL, class: C5, touchpoint: phone}
---
apiVersion: charter/v1
kind: CodeList
metadata: {name: sites}
spec: {file: sites.csv, key: [code]}
"""


def write_group(folder: Path) -> Path:
    """Writes the workspace anew, without exports; answers its folder."""
    shutil.rmtree(folder, ignore_errors=True)
    scopes = ["scope,parent,from,to,title,time_zone"]
    scopes += [f"market/m{m},group,2020-01-01,,Market {m},{ZONES[m % len(ZONES)]}" for m in range(MARKETS)]
    scopes += [f"branch/b{b:03},market/m{b % MARKETS},2020-01-01,,Branch {b}," for b in range(BRANCHES)]
    sites = ["code,scope,market"] + [f"B{b:03},branch/b{b:03},market/m{b % MARKETS}" for b in range(BRANCHES)]
    files = {
        "charter.yaml": _HEAD + "kind: Workspace\nmetadata: {name: bench}\nspec: {currency: EUR, timeZone: Etc/UTC}\n",
        "group/scopes.yaml": _HEAD + "kind: ScopeTable\nmetadata: {name: tree}\nspec: {file: scopes.csv}\n",
        "group/scopes.csv": "\n".join(scopes) + "\n",
        "group/calendar.yaml": _CALENDAR,
        "group/contract.yaml": _CONTRACT,
        "group/source.yaml": _SOURCE,
        "group/codes.yaml": _WAYS,
        "group/sites.csv": "\n".join(sites) + "\n",
        **{
            f"group/metrics/{name}.yaml": _HEAD + f"kind: Metric\nmetadata: {{name: {name}}}\nspec: {{standard: {name}@1}}\n"
            for name in METRICS
        },
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "exports").mkdir()
    return folder
