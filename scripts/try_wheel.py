"""Installs the built wheel into an environment of its own and tries it: what is installed is the product.

Usage: try_wheel.py DIST. Exits with 0 if the installed `charter` answers, from an empty folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    """Answers what the command printed; fails loudly with all of its output."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main(dist: Path) -> None:
    """Tries the only wheel in `dist`."""
    (wheel,) = dist.resolve().glob("*.whl")
    place = ROOT / "var" / "wheel"
    shutil.rmtree(place, ignore_errors=True)
    venv.create(place / "env", with_pip=not shutil.which("uv"))
    python = place / "env" / "bin" / "python"
    requirements = ROOT / "requirements" / "run.txt"
    if shutil.which("uv"):
        install = ["uv", "pip", "install", "--quiet", "--python", str(python)]
    else:
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*install, "--require-hashes", "-r", requirements, cwd=place)
    run(*install, "--no-deps", wheel, cwd=place)
    charter = place / "env" / "bin" / "charter"
    empty = place / "empty"
    empty.mkdir()
    os.environ.pop("PYTHONPATH", None)
    print(run(charter, "--version", cwd=empty).strip())
    run(charter, "demo", "--quiet", "--orders", "2000", "--folder", empty / "demo", cwd=empty)
    text = run(charter, "number", "digital-order-ratio", "--at", "group", "--period", "2025-06", "--json", cwd=empty / "demo")
    answer = json.loads(text)
    if not answer["value"] or not answer["passport"]["sources"]:
        sys.exit(f"the installed package gave no number: {text}")
    print(f"installed wheel: digital-order-ratio {answer['value']} from {answer['n']} orders")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
