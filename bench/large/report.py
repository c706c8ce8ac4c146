"""What a run cost: by phase and month, per row and order, and against hand-written SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.large.journal import Entry, Journal
from bench.large.size import Size

GB = 1e9
PHASES = ("open", "copy", "contract", "merge", "fold", "reconcile", "held", "calendar", "replay", "cube", "commit", "tasks")
INTAKE = ("open", "copy", "contract", "merge", "fold", "reconcile", "held", "commit")
MEASURING = ("calendar", "replay", "cube")


def summary(size: Size, journal: Journal) -> dict[str, Any]:
    """Answers the figures of a run; times are seconds of the clock, `worked` are seconds of the cores."""
    taken = journal.of("taken")
    rows = sum(one["rows"]["received"] for one in taken)
    spent = sum(_all(one) for one in taken)
    third = max(len(taken) // 3, 1)
    kept = journal.of("maintained")
    lake = max([*taken, *kept], key=lambda one: (one["month"], one["step"] == "maintained"))["lake_bytes"]
    all_of_it = [*taken, *kept, *journal.of("rebuild"), *journal.of("read")]
    found: dict[str, Any] = {
        "orders": size.orders, "lines": size.lines, "cases": size.cases, "months": size.months, "rows_received": rows,
        "seconds": round(spent, 1), "worked_seconds": round(sum(_worked(one) for one in taken), 1), "rows_per_second": round(rows / spent),
        "seconds_by_phase": {phase: round(_phase(taken, phase), 1) for phase in PHASES},
        "worked_by_phase": {phase: round(_phase(taken, phase, "worked"), 1) for phase in PHASES},
        "peak_gb": round(max(one["peak_bytes"] for one in all_of_it) / GB, 2),
        "peak_gb_by_phase": {phase: round(max((one["peak"].get(phase, 0) for one in taken), default=0) / GB, 2) for phase in PHASES},
        "lake_gb": round(lake / GB, 2), "lake_bytes_an_order": round(lake / size.orders),
        "largest_gb": {
            "inputs": round(max(one["input_bytes"] for one in taken) / GB, 2), "temp": round(max(one["temp_bytes"] for one in taken) / GB, 2),
            "lake and inputs and temp": round(max(one["lake_bytes"] + one["input_bytes"] + one["temp_bytes"] for one in taken) / GB, 2),
            "lake while it is maintained": round(max((one["temp_bytes"] for one in kept), default=0) / GB, 2),
            "hand": round(taken[-1]["hand_bytes"] / GB, 2),
        },
        "growth": round(_mean(taken[-third:]) / _mean(taken[1 : third + 1] or taken), 2),
        "months_worked": [round(_worked(one), 1) for one in taken],
    }  # fmt: skip
    found["maintained"] = {
        "times": len(kept),
        "seconds": round(sum(map(_all, kept)), 1),
        "peak_gb": round(max((one["peak_bytes"] for one in kept), default=0) / GB, 2),
    }
    return found | _against(journal, taken)


def _against(journal: Journal, taken: Sequence[Entry]) -> dict[str, Any]:
    rebuilt, read = journal.of("rebuild")[-1], journal.of("read")[-1]
    found: dict[str, Any] = {
        "rebuild_seconds": round(_all(rebuilt), 1), "rebuild_peak_gb": round(rebuilt["peak_bytes"] / GB, 2),
        "rebuild_temp_gb": round(rebuilt["temp_bytes"] / GB, 2), "read_seconds": read["seconds"]["read"],
    }  # fmt: skip
    if not journal.of("hand"):
        return found
    cube, scan = journal.of("hand-cube")[-1], journal.of("hand-read")[-1]
    loaded = sum(_all(one) for one in journal.of("hand"))
    ours, whole = sum(_phase(taken, phase) for phase in INTAKE), sum(_phase(taken, phase) for phase in MEASURING)
    return found | {
        "hand": {"load_and_fold_seconds": round(loaded, 1), "cube_seconds": round(cube["seconds"]["cube"], 1), "read_seconds": scan["seconds"]["read"]},
        "ratios": {
            "months taken in, with fold, against load and fold by hand": round(ours / loaded, 2),
            "cube, month by month, against the whole cube by hand once": round(whole / cube["seconds"]["cube"], 2),
            "cube, built whole, against the whole cube by hand": round(_all(rebuilt) / cube["seconds"]["cube"], 2),
            "a market's month from the cube against the facts by hand": round(read["seconds"]["read"] / scan["seconds"]["read"], 2),
            "all of it": round((ours + whole) / (loaded + cube["seconds"]["cube"]), 2),
        },
    }  # fmt: skip


def lines(size: Size, journal: Journal, told: Mapping[str, Any]) -> list[str]:
    """Answers the report as lines of text: a table of months, then the sums."""
    heads = ("month", "rows", "s", "cores s", *PHASES, "peak GB")
    table: list[Sequence[str]] = [heads]
    for one in journal.of("taken"):
        spent = [f"{one['worked'].get(phase, 0):.1f}" for phase in PHASES]
        table.append(
            (
                size.name(one["month"]),
                f"{one['rows']['received']:,}",
                f"{_all(one):.1f}",
                f"{_worked(one):.1f}",
                *spent,
                f"{one['peak_bytes'] / GB:.2f}",
            )
        )
    widths = [max(len(row[at]) for row in table) for at in range(len(heads))]
    found = ["by month and phase, in seconds of the cores:"]
    found += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    for name, value in told.items():
        if isinstance(value, Mapping):
            found += [f"{name}:", *(f"  {key}: {one}" for key, one in value.items())]
        elif name != "months_worked":
            found.append(f"{name}: {value:,}" if isinstance(value, int) else f"{name}: {value}")
    return found


def _all(one: Entry) -> float:
    return float(sum(one["seconds"].values()))


def _worked(one: Entry) -> float:
    return float(sum(one["worked"].values()))


def _phase(entries: Sequence[Entry], phase: str, kind: str = "seconds") -> float:
    return float(sum(one[kind].get(phase, 0) for one in entries))


def _mean(entries: Sequence[Entry]) -> float:
    return sum(_worked(one) for one in entries) / len(entries)
