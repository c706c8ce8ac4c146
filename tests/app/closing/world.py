"""A group with a closed month, and what may come after: late rows, another definition, another tree, other hours, other rates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from charter.app.apply import apply
from charter.app.number import NumberAnswer, number
from charter.app.project import Project, open_project
from charter.app.run import run

AT, CLOSED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 1, 16, 9, tzinfo=UTC)
MONTH = "2024-02"
PLACES = ("group", "region/north", "market/se", "market/de", "branch/malmo", "branch/berlin")
KEPT = (
    "digital-order-ratio", "average-order-time", "order-value", "order-count", "time-to-resolution", "error-rate",
    "digital-customer-share",
)  # fmt: skip
OWN = """\
apiVersion: charter/v1
kind: Metric
metadata: {name: shop-share}
spec:
  definition:
    fact: fact_order
    day: ordered_on
    scope: selling_scope
    filter: "eligible and net_amount > 100"
    numerator: "count(*) filter (where commit_class = 'C1')"
    denominator: "count(*)"
"""


def metrics(folder: Path) -> list[str]:
    return [ref.full_name for ref in open_project(folder).model(AT.date()).all_refs("Metric")]


def told(where: Path | Project, metric: str, scope: str, **asked: Any) -> dict[str, Any]:
    """A number as a reader of it keeps it: without how old it is at the asking, and what was asked beside it."""
    return kept(number(where if isinstance(where, Project) else open_project(where), metric, scope, MONTH, **asked))


def kept(answer: NumberAnswer) -> dict[str, Any]:
    found = answer.as_dict()
    found["passport"].pop("freshness")
    for name in ("as_of", "closed", "companions", "comparisons", "open"):
        found.pop(name, None)
    return found


def edit(place: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, new, place.read_text(), count=1)
    assert count, (place, pattern)
    place.write_text(text)


def late_rows(folder: Path) -> None:
    """A handful of orders of February come late, all by phone."""
    lines = (folder / "exports/erp-north/orders_2024-02.tsv").read_text().splitlines()
    heads = lines[0].split("\t")
    late = []
    for place, line in enumerate(lines[1:9]):
        row = dict(zip(heads, line.split("\t"), strict=True))
        row |= {"order_id": f"99{place:05d}", "ext_ref": "", "source_code": "70"}
        late.append("\t".join(row.values()))
    (folder / "exports/erp-north/orders_2024-02b.tsv").write_text("\n".join([lines[0], *late]) + "\n")
    run(open_project(folder), at=datetime(2026, 2, 1, tzinfo=UTC))


def another_definition(folder: Path) -> None:
    edit(folder / "group/metrics/own.yaml", r"net_amount > 100", "net_amount > 2000")
    apply(open_project(folder))


def another_tree(folder: Path) -> None:
    """Malmö turns out to have been the British market's since the tenth of February."""
    row = next(line for line in (folder / "group/organisation/scopes.csv").read_text().splitlines() if "branch/malmo" in line)
    first, second = row.split(","), row.split(",")
    first[3] = second[2] = "2024-02-10"
    second[1] = "market/gb"
    edit(folder / "group/organisation/scopes.csv", re.escape(row), f"{','.join(first)}\n{','.join(second)}")
    apply(open_project(folder))


def other_hours(folder: Path) -> None:
    edit(folder / "markets/se/calendar.yaml", r"\d\d:\d\d-\d\d:\d\d", "10:00-11:30")
    apply(open_project(folder))


def other_rates(folder: Path) -> None:
    edit(folder / "exports/finance/rates.csv", r"plan-2024,SEK,2024-01-01,[0-9.]+", "plan-2024,SEK,2024-01-01,0.0910")
    run(open_project(folder), at=datetime(2026, 2, 2, tzinfo=UTC))


def ended(folder: Path, branch: str, day: str) -> None:
    place = folder / "group/organisation/scopes.csv"
    row = next(line for line in place.read_text().splitlines() if line.startswith(f"branch/{branch},"))
    fields = row.split(",")
    fields[3] = day
    edit(place, re.escape(row), ",".join(fields))
