"""charter promote: what one market found is written as the group's, in the working tree, and nothing else changes."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from charter.app.apply import apply
from charter.app.init import init
from charter.app.project import open_project, today
from charter.app.promote import promote_in, write
from charter.errors import CharterError

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
LOCAL = """\
# What Sweden counts.
apiVersion: charter/v1
kind: Metric
metadata: {name: market/de/swift-orders, title: Swift orders}
spec: {standard: order-count@1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "group", name="group", currency="EUR", time_zone="Etc/UTC")
    own = tmp_path / "group/markets/de"
    own.mkdir(parents=True)
    (own / "swift.yaml").write_text(LOCAL)
    (own / "targets.yaml").write_text(
        "apiVersion: charter/v1\nkind: Metric\nmetadata: {name: digital-order-ratio}\n"
        "spec:\n  target: [{from: 2020-01-01, value: 0.41, reference: what works here}]   # ours\n"
    )
    return tmp_path / "group"


def values(folder: Path, scope: str) -> tuple[object, object]:
    model = open_project(folder).model(today(open_project(folder)))
    found = model.resolve("Metric:digital-order-ratio", "spec.target", scope)
    return found.value, found.state


def test_a_local_document_becomes_the_groups_and_is_gone_below(folder: Path) -> None:
    done = promote_in(open_project(folder), "Metric:swift-orders", "market/de")
    assert (done.old, done.new) == ("Metric:market/de/swift-orders", "Metric:swift-orders")
    assert done.files == (("group/swift.yaml", "added"), ("markets/de/swift.yaml", "removed"))
    assert (folder / "group/swift.yaml").read_text() == LOCAL.replace("market/de/", "")
    assert not (folder / "markets/de/swift.yaml").exists()
    assert [path.name for path in (folder / "group").iterdir() if path.name.startswith(".")] == []


def test_a_value_becomes_the_groups_for_everyone_and_stays_what_it_was_in_its_market(folder: Path) -> None:
    before = values(folder, "market/de")
    done = promote_in(open_project(folder), "Metric:digital-order-ratio", "market/de", "spec.target", dry_run=True)
    assert not done.written
    assert values(folder, "group")[0] == Decimal("0.30")
    done = promote_in(open_project(folder), "Metric:digital-order-ratio", "market/de", "spec.target")
    assert {scope for one in done.effects for scope in one.scopes} == {"group"}
    assert values(folder, "group")[0] == values(folder, "market/de")[0] == before[0] == Decimal("0.41")


def test_what_was_promoted_binds_only_once_it_is_applied(folder: Path) -> None:
    first = apply(open_project(folder), at=AT).revision
    promote_in(open_project(folder), "Metric:digital-order-ratio", "market/de", "spec.target")
    project = open_project(folder)
    bound = project.revisions.workspace(first).model(AT.date())
    assert bound.resolve("Metric:digital-order-ratio", "spec.target", "group").value == Decimal("0.30")
    assert apply(project, at=AT.replace(day=16)).revision.seq == 2


def test_what_cannot_be_promoted_is_refused_and_nothing_is_written(folder: Path) -> None:
    place = folder / "markets/de/targets.yaml"
    place.write_text(place.read_text().replace("2020-01-01", "2022-01-01"))
    kept = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    with pytest.raises(CharterError, match=r"MOD047 .* at market/de from 2020-01-01 would be nothing, and is 0\.30"):
        promote_in(open_project(folder), "Metric:digital-order-ratio", "market/de", "spec.target")
    for ref in ("Metric:swift", "swift-orders", "Metric:digital-order-ratio"):
        with pytest.raises(CharterError, match="MOD047"):
            promote_in(open_project(folder), ref, "market/de")
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == kept


def test_a_promotion_that_is_cut_off_loses_no_document(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Path, missing_ok: bool = False) -> None:
        del self, missing_ok
        raise KeyboardInterrupt

    copy = Path(shutil.copytree(folder, folder.parent / "copy"))
    done = promote_in(open_project(copy), "Metric:swift-orders", "market/de", dry_run=True)
    monkeypatch.setattr(Path, "unlink", stop)
    with pytest.raises(KeyboardInterrupt):
        write(folder, {"group/swift.yaml": b"new", "markets/de/swift.yaml": None})
    assert (folder / "group/swift.yaml").read_bytes() == b"new"
    assert (folder / "markets/de/swift.yaml").read_text() == LOCAL
    assert not done.written
