"""Central, the ERP of the Benelux: JSON pages of orders with their lines; it knows days, not times."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from charter.demo.clock import day_of
from charter.demo.exports.delivery import Known, money, monthly, totals, write_csv
from charter.demo.planting import Planted
from charter.demo.world import World

PAGE = 500
WAYS = {
    "shop": "WEBSHOP", "portal": "PORTAL", "punchout": "PUNCHOUT", "edi": "EDIFACT", "quote": "QUOTE", "rep": "SALESWEB", "robot": "OCR",
    "mail": "EMAIL", "phone": "PHONE", "counter": "COUNTER", "field": "FIELD", "unknown": "",
}  # fmt: skip
KINDS = {
    "standard": "ORDER",
    "call_off": "CALLOFF",
    "sample": "SAMPLE",
    "internal": "TRANSFER",
    "intercompany": "IC",
    "warranty": "WARRANTY",
}


def write(folder: Path, world: World, planted: Planted) -> None:
    """Writes pages of 500 orders a month; each page repeats the last three orders of the one before."""
    rng = random.Random(f"{world.size.seed} central")
    for month, orders in monthly(world, planted, "central"):
        told = [_order(known, world, planted, rng) for known in orders]
        for page, start in enumerate(range(0, max(1, len(told)), PAGE), start=1):
            rows = told[max(0, start - 3) : start + PAGE]
            planted.repeated_rows += min(3, start)
            body: dict[str, Any] = {"@odata.context": f"salesOrders?month={month}", "@odata.count": len(told), "value": rows}
            if start + PAGE < len(told):
                body["@odata.nextLink"] = f"salesOrders?month={month}&page={page + 1}"
            path = folder / f"salesOrders_{month}_p{page:03}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    write_csv(folder / "totals.csv", ["month", "country", "measure", "value"], totals(world, "central"))


def _order(known: Known, world: World, planted: Planted, rng: random.Random) -> dict[str, Any]:
    order = known.order
    lines = [
        {
            "sequence": line.number * 10_000, "itemNumber": world.items[line.item].number, "quantity": line.quantity,
            "unitPrice": float(money(line.price)), "netAmount": float(money(line.amount)),
        }
        for line in order.lines
    ]  # fmt: skip
    found: dict[str, Any] = {
        "number": order.number,
        "orderDate": order.entered_on.isoformat(),
        "externalDocumentNumber": order.customer_number or None,
        "webOrderNumber": known.shop_reference or None,
        "customerNumber": order.account.number,
        "locationCode": order.branch.site,
        "documentType": KINDS[order.kind],
        "orderSource": WAYS[known.way],
        "currencyCode": order.country.currency,
        "status": "Cancelled" if known.cancelled and not order.confirmed else "Released" if known.confirmed else "Draft",
        "shipmentDate": known.shipped.isoformat() if known.shipped else None,
        "cancelledDate": day_of(known.cancelled, order.country.zone).isoformat() if known.cancelled else None,
        "totalAmountExcludingTax": float(money(order.amount)),
        "salesOrderLines": lines,
    }
    if order.number in planted.broken:
        match rng.randrange(3) if rng.random() < 0.96 else 3:
            case 0:
                found["totalAmountExcludingTax"] = "n.v.t."
            case 1:
                found["shipmentDate"] = "0001-99-99"
            case 2:
                found["customerNumber"] = None
            case _:
                found["locationCode"] = "XX"
    return found
