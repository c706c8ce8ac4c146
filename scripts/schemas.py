"""Writes schemas/<Kind>.schema.json from the kinds, for editors. With --check nothing is written; exits 1 on drift."""

from __future__ import annotations

import sys
from pathlib import Path

from charter.model.schema import schemas

FOLDER = Path(__file__).resolve().parents[1] / "schemas"


def main() -> None:
    """Writes the schemas, or checks them."""
    wanted = schemas()
    present = {path.name: path.read_text() for path in FOLDER.glob("*.json")} if FOLDER.is_dir() else {}
    if "--check" in sys.argv:
        if wanted != present:
            sys.exit("schemas/ is not what the kinds say: run `make schemas`")
        return
    FOLDER.mkdir(exist_ok=True)
    for name in present.keys() - wanted.keys():
        (FOLDER / name).unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
