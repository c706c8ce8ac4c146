"""Many readers while runs write: each look sees accounts that balance and a cube of just the orders that are there."""

from __future__ import annotations

import shutil

from prove.world import child, ended, made


def run(readers: int = 20, orders: int = 400) -> dict[str, object]:
    """Answers how often the readers looked while deliveries arrived one after the other, and how many looks failed."""
    folder = made("readers", orders=orders, months=6)
    later = folder.parent / "later"
    shutil.move(folder / "exports", later)
    # The shop is a database: it is there from the beginning.
    (folder / "exports").mkdir()
    shutil.move(later / "shop.sqlite", folder / "exports")
    deliveries = sorted(path for path in later.rglob("*") if path.is_file())
    watching = [child("watch", folder) for _ in range(readers)]
    runs = 0
    try:
        for at in range(0, len(deliveries), 4):
            for path in deliveries[at : at + 4]:
                place = folder / "exports" / path.relative_to(later)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)
            ended(child("run", folder))
            runs += 1
    finally:
        (folder.parent / "stop").touch()
    seen, torn = [], []
    for process in watching:
        try:
            seen.append(ended(process))
        except RuntimeError as error:
            torn.append(str(error).strip().splitlines()[-1])
    return {
        "readers": readers, "runs": runs, "looks": sum(one["looks"] for one in seen),
        "snapshots_met_by_each": [one["snapshots"] for one in seen], "torn": torn, "passed": not torn,
    }  # fmt: skip
