"""The workspace: 500 branches of 45 markets, an ERP for each of four regions, a service desk, and the metrics."""

from __future__ import annotations

from pathlib import Path

from bench.large.rows import BRANCHES, MARKETS, ZONES
from bench.large.size import REGIONS

METRICS = (
    "average-order-time", "case-count", "digital-customer-share", "digital-order-ratio", "digital-order-ratio-value",
    "digital-order-ratio-without-counter", "edi-share", "order-count", "order-line-count", "order-value", "self-service-ratio",
    "time-to-resolution",
)  # fmt: skip
_HEAD = "apiVersion: charter/v1\n"
_CALENDAR = (
    _HEAD + "kind: Calendar\nmetadata: {name: standard}\nspec:\n  hours:\n"
    + "".join(f'    {day}: ["08:00-12:00", "13:00-17:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri"))
)  # fmt: skip
_COLUMNS = {
    "orders": (
        'order_no:string, logicalTypeOptions: {pattern: "^SO[0-9]{10}$"}', "version:integer", "branch_code:string", "channel:string", "kind:string", "account:string",
        "order_date:date", "received:timestamp", "entered:timestamp", "confirmed:timestamp", "net_amount:number", "currency:string",
    ),
    "lines": (
        'order_no:string, logicalTypeOptions: {pattern: "^SO[0-9]{10}$"}', "line_no:integer, logicalTypeOptions: {minimum: 1}", "version:integer", "order_date:date",
        "branch_code:string", "channel:string", "account:string", "sku:string", "quantity:integer",
        "unit_price:number, logicalTypeOptions: {minimum: 0}", "net_amount:number", "currency:string",
    ),
    "totals": ("scope:string", "month:date", "measure:string", "value:number"),
    "events": (
        "case_no:string", "seq:integer", "happened:timestamp", "state:string", "branch_code:string", "channel:string", "priority:integer",
    ),
}  # fmt: skip
_FORMAT = 'format: {type: csv, delimiter: ",", encoding: utf-8, decimal: ".", dates: "%Y-%m-%d", timestamps: "%Y-%m-%d %H:%M:%S"}'
_ERP = """apiVersion: charter/v1
kind: Source
metadata: {name: erp-r@}
spec:
  system: erp
  connection: {type: files}
  streams:
    - {id: orders-r@, rhythm: month, grace: 10, feeds: [fact_order]}
  entities:
    - id: orders
      files: ["../exports/*/orders-r@.csv"]
      FORMAT
      contract: DataContract:large
      object: orders
      key: [order_no]
      version: version
      lookups:
        - {id: site, list: "CodeList:sites", on: [branch_code], required: true}
        - {id: way, list: "CodeList:ways", on: [channel]}
      value: net_amount
      currency: currency
      day: order_date
      targets:
        order:
          document: order_no
          stream: "'orders-r@'"
          account: account
          selling_scope: site.scope
          fulfilling_scope: site.scope
          ship_to_market: site.market
          commit_class: "coalesce(way.class, 'CX')"
          touchpoint: way.touchpoint
          order_type: "case when kind = 'M' then 'sample' else 'standard' end"
          received_at: received
          entered_at: entered
          confirmed_at: confirmed
          ordered_on: order_date
          day_basis: "'received_at'"
          time_precision: "'second'"
          currency: currency
          net_amount: net_amount
          confirmed: "true"
          eligible: "kind <> 'M'"
          ineligible_reason: "case when kind = 'M' then 'sample' end"
    - id: lines
      files: ["../exports/*/lines-r@.csv"]
      FORMAT
      contract: DataContract:large
      object: lines
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
    - id: totals
      files: ["../exports/*/totals-r@.csv"]
      FORMAT
      contract: DataContract:large
      object: totals
      key: [scope, month, measure]
      targets:
        control_total: {entity: "'orders'", scope: scope, month: month, measure: measure, value: value}
"""
_DESK = """apiVersion: charter/v1
kind: Source
metadata: {name: desk}
spec:
  system: desk
  connection: {type: files}
  entities:
    - id: events
      files: ["../exports/*/events.csv"]
      FORMAT
      contract: DataContract:large
      object: events
      key: [case_no, seq]
      lookups:
        - {id: site, list: "CodeList:sites", on: [branch_code], required: true}
        - {id: meaning, list: "CodeList:states", on: [state], required: true}
      day: cast(happened as date)
      targets:
        case_event:
          case: case_no
          sequence: seq
          occurred_at: happened
          state: meaning.means
          source_state: state
          case_type: "'service'"
          priority: cast(priority as varchar)
          channel: channel
          serving_scope: site.scope
"""
_CODES = """apiVersion: charter/v1
kind: CodeList
metadata: {name: ways}
spec:
  key: [code]
  rows:
    - {code: WEB, class: C1, touchpoint: shop}
    - {code: EDI, class: C0, touchpoint: edi}
    - {code: TEL, class: C5, touchpoint: phone}
    - {code: MAI, class: C4, touchpoint: mail}
---
apiVersion: charter/v1
kind: CodeList
metadata: {name: states}
spec:
  key: [state]
  rows:
    - {state: Open, means: open}
    - {state: Working, means: open}
    - {state: Awaiting customer, means: waiting_customer}
    - {state: Solved, means: resolved}
---
apiVersion: charter/v1
kind: CodeList
metadata: {name: sites}
spec: {file: sites.csv, key: [code]}
"""


def write_workspace(folder: Path) -> None:
    """Writes the documents; the same ones each time, so that a run that is started again has the same model."""
    scopes = ["scope,parent,from,to,title,time_zone"]
    scopes += [f"market/m{m},group,2020-01-01,,Market {m},{ZONES[m % len(ZONES)]}" for m in range(MARKETS)]
    scopes += [f"branch/b{b:03},market/m{b % MARKETS},2020-01-01,,Branch {b}," for b in range(BRANCHES)]
    sites = ["code,scope,market"] + [f"B{b:03},branch/b{b:03},market/m{b % MARKETS}" for b in range(BRANCHES)]
    files = {
        "charter.yaml": _HEAD + "kind: Workspace\nmetadata: {name: large}\nspec: {currency: EUR, timeZone: Etc/UTC}\n",
        "group/scopes.yaml": _HEAD + "kind: ScopeTable\nmetadata: {name: tree}\nspec: {file: scopes.csv}\n",
        "group/scopes.csv": "\n".join(scopes) + "\n",
        "group/sites.csv": "\n".join(sites) + "\n",
        "group/calendar.yaml": _CALENDAR,
        "group/contract.yaml": _contract(),
        "group/codes.yaml": _CODES,
        "group/desk.yaml": _DESK.replace("FORMAT", _FORMAT),
        **{f"group/erp-r{at}.yaml": _ERP.replace("@", str(at)).replace("FORMAT", _FORMAT) for at in range(REGIONS)},
        **{
            f"group/metrics/{name}.yaml": _HEAD + f"kind: Metric\nmetadata: {{name: {name}}}\nspec: {{standard: {name}@1}}\n"
            for name in METRICS
        },
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "exports").mkdir(exist_ok=True)


def _contract() -> str:
    lines = ["apiVersion: v3.1.0\nkind: DataContract\nid: large\nname: large\nversion: 1.0.0\nstatus: active\nschema:"]
    for name, columns in _COLUMNS.items():
        lines.append(f"  - name: {name}\n    logicalType: object\n    properties:")
        for column in columns:
            told, _, more = column.partition(", ")
            label, _, kind = told.partition(":")
            lines.append(f"      - {{name: {label}, logicalType: {kind}, required: true{', ' + more if more else ''}}}")
    return "\n".join(lines) + "\n"
