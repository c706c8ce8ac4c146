"""The service desk: events of cases, and the defects that were found on orders."""

from __future__ import annotations

from pathlib import Path

from charter.demo.clock import local
from charter.demo.exports.delivery import write_csv
from charter.demo.world import World

STATES = {
    "open": "In Progress", "waiting": "Awaiting customer", "supplier": "Awaiting vendor", "resolved": "Solved", "closed": "Closed",
    "silent": "Auto-closed", "same": "",
}  # fmt: skip
_EVENTS = [
    "ticket",
    "seq",
    "at",
    "state",
    "country",
    "branch",
    "priority",
    "channel",
    "type",
    "team",
    "actor",
    "activity",
    "opened",
    "account",
]


def write(folder: Path, world: World) -> None:
    """Writes the events by month, and the defects."""
    files: dict[str, list[list[str]]] = {}
    for case in world.cases:
        opened = _time(case.events[0].at)
        for place, event in enumerate(case.events):
            files.setdefault(f"{local(event.at, 'UTC'):%Y-%m}", []).append([
                case.number, str(place), _time(event.at), STATES[event.state], case.country.code.upper(), case.account.branch.site,
                f"P{case.priority}", case.channel, case.kind, event.team, event.side, event.what, opened, case.account.number,
            ])  # fmt: skip
    for month, rows in sorted(files.items()):
        write_csv(folder / f"events_{month}.csv", _EVENTS, rows)
    rows = [
        [
            defect.number, defect.order.country.system, defect.order.number,
            "" if defect.order.rekeyed else defect.order.shop_number or "", defect.category, defect.caused_by, _time(defect.found),
        ]
        for defect in world.defects
    ]  # fmt: skip
    write_csv(folder / "defects.csv", ["defect", "erp", "order_no", "web_ref", "category", "caused_by", "found"], rows)


def _time(instant: int) -> str:
    return local(instant, "UTC").strftime("%Y-%m-%dT%H:%M:%S+00:00")
