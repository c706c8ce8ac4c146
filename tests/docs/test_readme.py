"""The README's minute, executed on the demo as it ships: all its orders, and what is printed is what the page shows."""

from __future__ import annotations

from pathlib import Path

from tests.docs.console import blocks, commands, run_as_shown

PAGE = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_shows_what_the_demo_prints(tmp_path: Path) -> None:
    run_as_shown("charter demo", [], tmp_path)
    shown = [one for kind, body in blocks(PAGE.read_text()) if kind == "console" for one in commands(body)]
    for command, expected in shown:
        run_as_shown(command, expected, tmp_path / "charter-demo")
    assert len(shown) >= 6
