"""How probable it is that two records are the same: splink's model (Fellegi and Sunter), trained and asked on a bench.

What is estimated is rounded before it is used, so that the same records give the same answer whatever the machine's threads do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, log10
from typing import TYPE_CHECKING, Any

from charter.matching.scheme import Comparison, Scheme

if TYPE_CHECKING:
    from charter.warehouse.lake import Lake

TABLE = "record"
SEED = 20
RANDOM_PAIRS = 200_000
# EM needs some hundred pairs to say more than what is known of firms in general, which counts as so many pairs.
FEWEST_PAIRS, KNOWN_PAIRS = 100, 200
TRAINING_PAIRS = 200_000
# Twice as many duplicates as records is never, none is never known: so much of the records is taken to be entered twice.
FEWEST_TWICE, MOST_TWICE = 0.002, 0.05
LEAST_U = 1e-9


@dataclass(frozen=True)
class Parameters:
    """What a model was trained to: how rare a pair is, and for each field and step how often it is seen: (m, u)."""

    prior: float
    steps: Mapping[str, Sequence[tuple[float, float]]]
    learned_from: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Answers it as a plain mapping."""
        return {"prior": self.prior, "steps": {name: list(map(list, steps)) for name, steps in self.steps.items()}, "learned_from": dict(self.learned_from)}  # fmt: skip


def train(bench: Lake, api: Any, scheme: Scheme, twice: float) -> Parameters:
    """Answers the parameters for the records on the bench; `twice`: the share of them that is found twice by exact keys."""
    from splink import Linker

    count = _count(bench)
    rows = api.register(TABLE)
    linker = Linker(rows, _settings(scheme, _known(scheme, count)), log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    steps = _estimated(scheme, linker.misc.save_model_to_json(), count)
    learned: dict[str, int] = {}
    found: dict[str, list[tuple[int, list[float]]]] = {}
    for at, columns in enumerate(scheme.training):
        pairs = _pairs(bench, f"t{at}")
        if pairs < FEWEST_PAIRS:
            continue
        learned[", ".join(columns)] = pairs
        for name, m in _learned(rows, scheme, steps, columns, f"t{at}").items():
            found.setdefault(name, []).append((min(pairs, TRAINING_PAIRS), m))
    share = min(max(twice, FEWEST_TWICE), MOST_TWICE)
    told = {name: _blended(known, found.get(name, ())) for name, known in steps.items()}
    return Parameters(_rounded(2 * share / max(count, 2)), told, learned)


def score(bench: Lake, api: Any, scheme: Scheme, parameters: Parameters, least: float, into: str) -> None:
    """Makes a table of the pairs that are as probable as `least`: id_l, id_r, probability, weight, and for each field s<n> and w<n>."""
    from splink import Linker

    settings = _settings(scheme, parameters.steps)
    settings["probability_two_random_records_match"] = parameters.prior
    settings["blocking_rules_to_generate_predictions"] = [
        {"blocking_rule": f"l.b{at} = r.b{at}"} for at in range(len(scheme.blocks))
    ]
    settings["retain_intermediate_calculation_columns"] = True
    settings["retain_matching_columns"] = True
    linker = Linker(api.register(TABLE), settings, log_level=None)
    found = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
    names = {row[0] for row in bench.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [found.physical_name])}
    fields = [
        f"gamma_c{at} AS s{at}, mw_c{at}{f' + mw_tf_adj_c{at}' if f'mw_tf_adj_c{at}' in names else ''} AS w{at}"
        for at in range(len(scheme.comparisons))
    ]
    bench.execute(
        f"CREATE OR REPLACE TABLE {into} AS SELECT least(id_l, id_r) AS id_l, greatest(id_l, id_r) AS id_r, "
        f"match_probability AS probability, match_weight AS weight, {', '.join(fields)} FROM {found.physical_name}"
    )
    found.drop_table_from_database_and_remove_from_cache()


def _count(bench: Lake) -> int:
    return int((bench.one(f"SELECT count(*) FROM {TABLE}") or (0,))[0])


def _pairs(bench: Lake, column: str) -> int:
    query = f"SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM (SELECT count(*) AS n FROM {TABLE} WHERE {column} IS NOT NULL GROUP BY {column})"
    return int((bench.one(query) or (0,))[0])


def _known(scheme: Scheme, count: int) -> dict[str, list[tuple[float, float]]]:
    """The steps as they are known before anything is learned; u is a guess where it is to be estimated."""
    return {one.field: [(step.m, _u(step.chance, step.u, count) or 0.1) for step in one.steps] for one in scheme.comparisons}


def _u(chance: float | None, fixed: float | None, count: int) -> float | None:
    if fixed is not None:
        return fixed
    return None if chance is None else max(min(chance / max(count, 2), 0.5), LEAST_U)


def _settings(
    scheme: Scheme, steps: Mapping[str, Sequence[tuple[float, float]]], only: Sequence[str] | None = None
) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "comparisons": [
            _comparison(f"c{at}", one, steps[one.field])
            for at, one in enumerate(scheme.comparisons)
            if only is None or one.field in only
        ],
        "blocking_rules_to_generate_predictions": [],
        "em_convergence": 0.001,
        "max_iterations": 20,
    }


def _comparison(name: str, one: Comparison, steps: Sequence[tuple[float, float]]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": one.unknown, "label_for_charts": "not known", "is_null_level": True}]
    for step, (m, u) in zip(one.steps, steps, strict=True):
        level: dict[str, Any] = {"sql_condition": step.when, "label_for_charts": step.told, "m_probability": m, "u_probability": u}
        if step.chance is not None or step.u is not None:
            level["fix_u_probability"] = True
        if step.common:
            level |= {"tf_adjustment_column": step.common, "tf_adjustment_weight": 1.0, "disable_tf_exact_match_detection": True}
        levels.append(level)
    return {"output_column_name": name, "comparison_levels": levels}


def _estimated(scheme: Scheme, told: Mapping[str, Any], count: int) -> dict[str, list[tuple[float, float]]]:
    """The steps with u as estimated from pairs at random; what none of these showed is as rare as one of them."""
    out = {}
    for one, comparison in zip(scheme.comparisons, told["comparisons"], strict=True):
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        out[one.field] = [
            (step.m, _rounded(_u(step.chance, step.u, count) or max(float(level.get("u_probability") or 0), 1 / RANDOM_PAIRS)))
            for step, level in zip(one.steps, levels, strict=True)
        ]
    return out


def _learned(rows: Any, scheme: Scheme, steps: Mapping[str, Sequence[tuple[float, float]]], columns: Sequence[str], block: str) -> dict[str, list[float]]:  # fmt: skip
    """Answers m of each field that the block does not make equal, as EM finds it within the block."""
    from splink import Linker

    free = [one.field for one in scheme.comparisons if not any(f"{column}_l" in one.steps[0].when for column in columns)]
    settings = _settings(scheme, steps, free)
    # In such a block most pairs are the same.
    settings["probability_two_random_records_match"] = 0.9
    linker = Linker(rows, settings, log_level=None)
    linker.training.estimate_parameters_using_expectation_maximisation(
        f"l.{block} = r.{block}", fix_u_probabilities=True, estimate_without_term_frequencies=True, max_pairs=TRAINING_PAIRS
    )
    told = json.loads(json.dumps(linker.misc.save_model_to_json(), default=str))
    return {
        name: [
            float(level.get("m_probability") or 0) for level in comparison["comparison_levels"] if not level.get("is_null_level")
        ]
        for name, comparison in zip(free, told["comparisons"], strict=True)
    }


def _blended(known: Sequence[tuple[float, float]], found: Sequence[tuple[int, Sequence[float]]]) -> list[tuple[float, float]]:
    weight = KNOWN_PAIRS + sum(pairs for pairs, _ in found)
    return [
        (_rounded((KNOWN_PAIRS * m + sum(pairs * learned[at] for pairs, learned in found)) / weight), u)
        for at, (m, u) in enumerate(known)
    ]


def _rounded(value: float) -> float:
    """Three digits that count: what follows may differ from one machine to another."""
    return round(value, 2 - floor(log10(value))) if value > 0 else 0.0
