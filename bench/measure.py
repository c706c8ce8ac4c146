"""How a benchmark is measured and told: ours against a limit, both in one run."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SCRATCH = Path(__file__).resolve().parents[1] / "var" / "bench"


@dataclass(frozen=True)
class Outcome:
    """What was measured: seconds of ours and of the limit, their ratio, the aim, and the cause if it is missed."""

    name: str
    ours_seconds: float
    limit: str
    limit_seconds: float | None
    aim: str
    met: bool
    ratio: float | None = None
    cause: str = ""
    detail: dict[str, object] = field(default_factory=dict)


def seconds(work: Callable[[], object]) -> float:
    """Answers how long one call took (wall clock)."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], object], limit: Callable[[], object], rounds: int = 3) -> tuple[float, float]:
    """Answers the medians of both, run in turn so that a drifting machine hits both."""
    a, b = [], []
    for _ in range(rounds):
        b.append(seconds(limit))
        a.append(seconds(ours))
    return sorted(a)[rounds // 2], sorted(b)[rounds // 2]


def ratio_outcome(
    name: str, ours: float, limit: str, limit_seconds: float, at_most: float, cause: str = "", **detail: object
) -> Outcome:
    """Answers the outcome for an aim of the form: ours is at most so many times the limit."""
    ratio = ours / limit_seconds
    met = ratio <= at_most
    return Outcome(
        name,
        round(ours, 3),
        limit,
        round(limit_seconds, 3),
        f"<= {at_most}x",
        met,
        round(ratio, 3),
        "" if met else cause,
        detail,
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """Answers the outcomes as an aligned table of text."""
    heads = ("benchmark", "ours s", "limit", "limit s", "ratio", "aim", "")
    rows = [
        (
            o.name,
            f"{o.ours_seconds:.3f}",
            o.limit,
            "" if o.limit_seconds is None else f"{o.limit_seconds:.3f}",
            "" if o.ratio is None else f"{o.ratio:.3f}",
            o.aim,
            "met" if o.met else f"MISSED: {o.cause or 'cause not found yet'}",
        )
        for o in outcomes
    ]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads) - 1)]
    lines = []
    for row in (heads, *rows):
        lines.append("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=False)) + "  " + row[-1])
    return "\n".join(line.rstrip() for line in lines)
