"""Matching of a million accounts against splink alone on the same raw records: seconds, memory, recall and precision."""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
from tests.matching.customers import generate

from bench.measure import SCRATCH, Outcome, ratio_outcome, seconds
from charter.matching.find import search
from charter.matching.kinds import MatchingSpec
from charter.warehouse.opening import open_aside

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "1000000"))
SHARE = 0.01
COLUMNS = ("key", "system", "name", "street", "postal_code", "city", "country", "tax_id", "phone", "email", "parent")
CAUSE = (
    "splink alone reads the records as they are and compares those that share a tax id, a phone number, an address of mail, name "
    "or postal code; ours folds 11 texts of each record in Python, blocks by 10 rules, and explains each pair"
)
Pairs = set[tuple[str, str]]


def run() -> list[Outcome]:
    """Answers the outcome: how long ours takes, as a ratio to splink alone, and what each finds."""
    path, planted = _records()
    found: dict[str, Pairs] = {}
    ours = seconds(lambda: found.update(ours=_ours(path)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    alone = seconds(lambda: found.update(alone=_splink_alone(path)))
    told = {f"{who}_{name}": value for who, pairs in found.items() for name, value in _measured(pairs, planted).items()}
    return [
        ratio_outcome(
            f"matching of {ACCOUNTS:,} accounts", ours, "splink alone", alone, 4, CAUSE, seconds=round(ours, 1),
            splink_seconds=round(alone, 1), peak_gb=round(peak, 2), planted=len(planted), **told,
        )
    ]  # fmt: skip


def _records() -> tuple[Path, Pairs]:
    path, answers = SCRATCH / f"accounts-{ACCOUNTS}.csv", SCRATCH / f"accounts-{ACCOUNTS}-same.csv"
    if not answers.exists():  # in a process of its own: what it needs of memory is not ours
        subprocess.run([sys.executable, "-m", "bench.match"], check=True)
    with answers.open(newline="", encoding="utf-8") as file:
        return path, {(left, right) for left, right in csv.reader(file)}


def write_records() -> None:
    """Writes the customers, and which of them are the same."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    world = generate(1, ACCOUNTS, SHARE)
    with (SCRATCH / f"accounts-{ACCOUNTS}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *([getattr(one, name) for name in COLUMNS] for one in world.customers)])
    with (SCRATCH / f"accounts-{ACCOUNTS}-same.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(sorted(world.pairs()))


def _measured(pairs: Pairs, planted: Pairs) -> dict[str, Any]:
    both = len(pairs & planted)
    return {"recall": round(both / len(planted), 4), "precision": round(both / max(len(pairs), 1), 4)}


def _ours(path: Path) -> Pairs:
    spec = MatchingSpec()
    with open_aside(SCRATCH / "match", reads=[SCRATCH]) as lake:
        lake.execute(
            f"INSERT INTO {lake.table('dim_account')} (source, entity, row_key, content_hash, batch_id, account_key, name, street, "
            "postal_code, city, country, tax_id, phone, email, parent_account_key) SELECT system, 'a', key, 'h', 'b', key, name, street, "
            f"postal_code, city, country, tax_id, phone, email, parent FROM read_csv('{path}', all_varchar = true)"
        )
        found = search(lake, "account", spec, SCRATCH / "match")
    return {pair.two for pair in found.pairs if pair.is_accepted(spec.accept) or (pair.probability or 0) >= spec.review}


def _splink_alone(path: Path) -> Pairs:
    """A page of splink's own tutorial, on these columns."""
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    connection = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(SCRATCH / "temp")})
    connection.execute(f"CREATE TABLE account AS SELECT * FROM read_csv('{path}', all_varchar = true)")
    api = DuckDBAPI(connection=connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="key",
        comparisons=[
            compare.JaroWinklerAtThresholds("name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            compare.JaroWinklerAtThresholds("street", [0.95, 0.88]),
            compare.ExactMatch("postal_code").configure(term_frequency_adjustments=True),
            compare.ExactMatch("city").configure(term_frequency_adjustments=True),
            compare.LevenshteinAtThresholds("tax_id", 1),
            compare.ExactMatch("phone"),
            compare.ExactMatch("email"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("tax_id"), block_on("phone"), block_on("email"), block_on("name"), block_on("postal_code", "substr(name, 1, 3)"),
        ],
    )  # fmt: skip
    linker = Linker(api.register("account"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("tax_id", "postal_code")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("tax_id"), block_on("name", "postal_code")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.9)
    rows = connection.execute(f"SELECT least(key_l, key_r), greatest(key_l, key_r) FROM {found.physical_name}").fetchall()
    connection.close()
    return set(rows)


if __name__ == "__main__":
    write_records()
