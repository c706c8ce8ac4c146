"""`charter check` over metrics, calendars and objectives: each code with its whole text; « marks the place that is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from charter.app.findings import as_text
from charter.model.check import check
from charter.model.workspace import open_workspace
from charter.performance.checks import CHECKS
from charter.performance.standards import standards

AT = date(2026, 3, 2)
TREE = """\
apiVersion: charter/v1
kind: Scope
metadata: {name: market/de}
spec: {parent: group}
---
apiVersion: charter/v1
kind: Lock
metadata: {name: open}
spec: {ref: "Metric:*", rules: [{paths: [spec], mode: default}]}
"""
CALENDAR = """\
apiVersion: charter/v1
kind: Calendar
metadata: {name: standard}
spec:
  country: de
  timeZone: Europe/Berlin
  hours: {mon: ["08:00-12:00"], tue: ["08:00-12:00"]}
  open: {2026-03-07: ["09:00-10:00"]}
"""
METRIC = """\
apiVersion: charter/v1
kind: Metric
metadata: {name: own-ratio}
spec:
  definition:
    fact: fact_order
    filter: "eligible and confirmed"
    day: ordered_on
    scope: selling_scope
    numerator: "count(*) filter (where commit_class = 'C1')"
    denominator: "count(*)"
    dimensions: {channel: touchpoint}
  target: 0.30
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: ratio-slo}
spec:
  service: orders
  indicator:
    metadata: {name: ratio}
    spec:
      ratioMetric:
        total:
          metricSource: {type: charter, spec: {metric: own-ratio}}
  objectives:
    - target: 0.3
"""
TIMES = """\
apiVersion: charter/v1
kind: Metric
metadata: {name: order-time-from-entry}
spec: {standard: order-time-from-entry@1}
"""
M, C, S, T = "group/metric.yaml", "group/calendar.yaml", "group/slo.yaml", "group/times.yaml"
FILES = {"group/tree.yaml": TREE, M: METRIC, C: CALENDAR, S: SLO, T: TIMES}
ALLOWED = "columns, literals, CASE, CAST, operators and listed functions are allowed"
NUMERATOR = "numerator: \"count(*) filter (where commit_class = 'C1')\""
SUMS = "use sums and counts, added, subtracted or times a written number; a ratio has a numerator and a denominator"
MARKET = "apiVersion: charter/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"

Case = tuple[str, str, str, str]


def numerator(text: str, reason: str, hint: str) -> Case:
    told = f"error PRF007 spec.definition.numerator cannot be counted: {reason}\n  hint: {hint}"
    return M, NUMERATOR, f'numerator: «"{text}"', told


CASES: dict[str, Case] = {
    "a standard that is none": (
        T, "standard: order-time-from-entry@1", "standard: «order-time-from-entry@9",
        "error PRF003 the metric order-time-from-entry has no definition: there is no standard order-time-from-entry@9\n"
        "  hint: did you mean order-time-from-entry@1?",
    ),
    "neither a standard nor a definition": (
        T, "{name: order-time-from-entry}\nspec: {standard: order-time-from-entry@1}", "{name: «order-count}\nspec: {target: 3}",
        "error PRF003 the metric order-count has no definition: it gives neither spec.standard nor spec.definition\n"
        "  hint: did you mean order-count@1?",
    ),
    "a standard and a definition": (
        M, "spec:\n  definition:\n    fact: fact_order", "spec:\n  standard: order-count@1\n  definition:\n    fact: «fact_order",
        "error PRF004 the metric own-ratio has both a standard and a definition of its own\n"
        "  hint: keep one of spec.standard and spec.definition",
    ),
    "a standard's name with a definition of its own": (
        T, "{standard: order-time-from-entry@1}", '{definition: {fact: «fact_order, day: ordered_on, scope: selling_scope, numerator: "count(*)"}}',
        "error PRF005 order-time-from-entry is a standard metric; its definition may not be another one\n"
        "  hint: name your variant otherwise, such as order-time-from-entry-own, and keep order-time-from-entry for the standard",
    ),
    "a standard's name with another standard": (
        T, "{standard: order-time-from-entry@1}", "{standard: «order-count@1}",
        "error PRF005 order-time-from-entry is a standard metric; its definition may not be another one\n"
        "  hint: name your variant otherwise, such as order-time-from-entry-own, and keep order-time-from-entry for the standard",
    ),
    "a target of a share in percent": (
        T, "{name: order-time-from-entry}\nspec: {standard: order-time-from-entry@1}", "{name: digital-order-ratio}\nspec: {standard: digital-order-ratio@1, target: «30}",
        "warning PRF018 the target of digital-order-ratio is 30, of a share between 0 and 1\n  hint: for 30 percent write 0.3",
    ),
    "an unknown fact": (
        M, "fact: fact_order", "fact: «fact_orders",
        "error PRF006 fact_orders is no table of facts that can be measured\n  hint: did you mean fact_order?",
    ),
    "a column that tells of a person": numerator("count(*) filter (where placed_by = 'x')", "there is no column placed_by", "did you mean placed_by_side?"),
    "a person as a dimension": (
        M, "dimensions: {channel: touchpoint}", "dimensions: {channel: «placed_by}",
        "error PRF009 placed_by is no dimension of fact_order\n  hint: did you mean placed_by_side?",
    ),
    "a column that is none": numerator("count(*) filter (where comit_class = 'C1')", "there is no column comit_class", "did you mean commit_class?"),
    "a file that is read": numerator(
        "sum(read_text('/etc/passwd'))", "read_text is no function of expressions", "did you mean greatest?"
    ),
    "a subquery": numerator("sum((select 1))", "a subquery is not allowed in an expression", ALLOWED),
    "a subquery that reads a file": numerator(
        "(select count(*) from read_text('/etc/passwd'))", "a subquery is not allowed in an expression", ALLOWED
    ),
    "text that grows": numerator("sum(length(repeat('a', 1000000000)))", "repeat is no function of expressions", "did you mean replace?"),
    "rows out of nothing": numerator(
        "sum(range(1000000000))", "range is no function of expressions", "docs/reference/functions.md lists what there is"
    ),
    "no aggregate": (
        M, NUMERATOR, 'numerator: «"net_amount"', f"error PRF017 spec.definition.numerator does not add up from its parts\n  hint: {SUMS}",
    ),
    "a quotient of sums": (
        M, NUMERATOR, 'numerator: «"sum(net_amount) / count(*)"',
        f"error PRF017 spec.definition.numerator does not add up from its parts\n  hint: {SUMS}",
    ),
    "an aggregate in the filter": (
        M, 'filter: "eligible and confirmed"', 'filter: «"sum(net_amount) > 3"',
        "error PRF007 spec.definition.filter cannot be counted: sum is an aggregate; it is not allowed here\n"
        "  hint: aggregates stand in components of metrics only",
    ),
    "business time of what is no instant": (
        M, NUMERATOR + '\n    denominator: "count(*)"', 'durations: {total: {seconds: «"business(received_at, confirmed)"}}',
        "error PRF007 spec.definition.durations.total.seconds cannot be counted: there is no instant confirmed\n"
        "  hint: did you mean confirmed_at?",
    ),
    "too many dimensions": (
        M, "dimensions: {channel: touchpoint}",
        "dimensions: {channel: «touchpoint, class: commit_class, type: order_type, account: account_key, basis: day_basis}",
        "error PRF008 the metric own-ratio has 5 dimensions; 4 are allowed, the currency of money counted\n  hint: leave out what nobody asks for",
    ),
    "a day that is none": (
        M, "day: ordered_on", "day: «confirmed_on",
        "error PRF009 confirmed_on is no day of fact_order\n  hint: did you mean ordered_on?",
    ),
    "a scope that is none": (
        M, "scope: selling_scope", "scope: «sellin_scope", "error PRF009 sellin_scope is no scope of fact_order\n  hint: did you mean selling_scope?",
    ),
    "a dimension that is none": (
        M, "{channel: touchpoint}", "{channel: «touchpiont}", "error PRF009 touchpiont is no dimension of fact_order\n  hint: did you mean touchpoint?",
    ),
    "a currency that is none": (
        M, "dimensions: {channel: touchpoint}", "currency: «curency", "error PRF009 curency is no currency of fact_order\n  hint: did you mean currency?",
    ),
    "an objective beside another target": (
        S, "name: ratio-slo", "name: «ratio-slo",
        "error PRF011 the objective ratio-slo asks 0.4 of own-ratio, whose target is 0.30\n  hint: keep one of them, or make them equal",
    ),
    "an objective of another system": (
        S, "type: charter", "type: «prometheus",
        "error PRF012 the objective ratio-slo cannot be read: metricSource is of type prometheus\n  hint: use type charter",
    ),
    "an objective without a metric": (
        S, "spec: {metric: own-ratio}", "spec: «{}",
        "error PRF012 the objective ratio-slo cannot be read: its metricSource names no metric\n  hint: write `spec: {metric: <name>}` there",
    ),
    "an objective of a metric that is none": (
        S, "name: ratio-slo", "name: «ratio-slo", "error PRF001 no metric own-rato at group\n  hint: did you mean own-ratio?",
    ),
    "an objective without a target": (
        S, "    - target: 0.3", "    - «displayName: none",
        "error PRF012 the objective ratio-slo cannot be read: its objective has no target\n  hint: write `target: 0.95`",
    ),
    "an objective of no number": (
        S, "target: 0.3", "target: «most", "error PRF012 the objective ratio-slo cannot be read: target is most\n  hint: write a number",
    ),
    "an objective above all": (
        S, "target: 0.3", "targetPercent: «130",
        "error PRF012 the objective ratio-slo cannot be read: the target is 1.3\n  hint: a target lies above 0 and is at most 1",
    ),
    "an objective's operator": (
        S, "target: 0.3", "target: 0.3\n      op: «eq", "error PRF012 the objective ratio-slo cannot be read: op is eq\n  hint: use lte, lt, gte or gt",
    ),
    "two objectives": (
        S, "    - target: 0.3", "    - target: 0.3\n    - «target: 0.4",
        "error PRF012 the objective ratio-slo cannot be read: it has several objectives\n  hint: write one document for each objective",
    ),
    "a threshold of what takes no time": (
        S, "name: ratio-slo", "name: «ratio-slo",
        "error PRF012 the objective ratio-slo cannot be read: own-ratio has no times that a threshold could cut\n"
        "  hint: leave out `value` and `op` of the objective",
    ),
    "a slice that is none": (
        S, "name: ratio-slo", "name: «ratio-slo",
        "error PRF012 the objective ratio-slo cannot be read: chanel is no dimension of own-ratio\n  hint: did you mean channel?",
    ),
    "a share of what is none": (
        S, "name: ratio-slo", "name: «ratio-slo",
        "error PRF012 the objective ratio-slo cannot be read: order-time-from-entry is no share\n"
        "  hint: give the objective `op` and `value` in seconds",
    ),
    "hours that step back": (
        C, 'mon: ["08:00-12:00"]', 'mon: «["17:00-08:00"]',
        "error PRF013 Calendar:standard cannot be read: 17:00-08:00 are not working hours\n  hint: write 08:00-12:00, in order and without overlap",
    ),
    "a weekday that is none": (
        C, 'mon: ["08:00-12:00"]', 'mond: «["08:00-12:00"]', "error PRF013 Calendar:standard cannot be read: mond is no weekday\n  hint: did you mean mon?",
    ),
    "too many intervals": (
        C, 'mon: ["08:00-12:00"]', 'mon: «["08:00-09:00", "09:30-10:00", "11:00-12:00", "13:00-14:00", "15:00-16:00"]',
        "error PRF013 Calendar:standard cannot be read: it has 5 intervals; 4 are allowed\n"
        "  hint: write working hours as local intervals such as 08:00-12:00",
    ),
    "too many intervals of a day in UTC": (
        C, 'mon: ["08:00-12:00"], tue: ["08:00-12:00"]',
        'mon: «["00:00-01:30", "08:00-09:00", "11:00-12:00", "13:00-14:00"], tue: ["00:00-01:30", "08:00-09:00"]',
        "error PRF013 Calendar:standard cannot be read: a UTC day of Europe/Berlin holds 5 working intervals; 4 are allowed\n"
        "  hint: join intervals that follow each other",
    ),
    "a day that the calendar cannot have": (
        C, '2026-03-07: ["09:00-10:00"]', '2026-02-30: «["09:00-10:00"]',
        "error PRF013 Calendar:standard cannot be read: 2026-02-30 is no day\n  hint: write the day as 2026-12-19",
    ),
    "holidays of no country": (
        C, "country: de", "country: «xx",
        "error PRF013 Calendar:standard cannot be read: there are no public holidays for xx\n"
        "  hint: use a country code of the package `holidays`, or list the days in `closed`",
    ),
    "a time zone that is none": (
        C, "timeZone: Europe/Berlin", "timeZone: «Europe/Berlni",
        "error PRF013 Calendar:standard cannot be read: there is no time zone Europe/Berlni\n  hint: write one such as Europe/Berlin",
    ),
}  # fmt: skip
ALSO = {  # what else stands in the file, beside the place that is marked
    "an objective beside another target": ("target: 0.3", "target: 0.4"),
    "an objective of a metric that is none": ("metric: own-ratio", "metric: own-rato"),
    "a threshold of what takes no time": ("target: 0.3", "target: 0.3\n      op: lte\n      value: 3600"),
    "a slice that is none": ("{metric: own-ratio}", "{metric: own-ratio, where: {chanel: shop}}"),
    "a share of what is none": ("metric: own-ratio", "metric: order-time-from-entry"),
}


def said(folder: Path, files: dict[str, str]) -> list[str]:
    """What `charter check` says of a workspace with these files, as text, with the checks of the room alone."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return [as_text(finding) for finding in check(open_workspace(folder), AT, CHECKS)]


def marked(text: str) -> tuple[str, str]:
    """The text without its mark, and where the mark stood."""
    before, mark, after = text.partition("«")
    assert mark
    return before + after, f"{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}"


def test_what_is_well_written_is_not_told(tmp_path: Path) -> None:
    assert said(tmp_path, FILES) == []


@pytest.mark.parametrize("name", CASES)
def test_each_mistake_is_told_at_its_place_with_its_whole_text(tmp_path: Path, name: str) -> None:
    file, old, new, told = CASES[name]
    assert old in FILES[file]
    text = FILES[file].replace(old, new)
    if name in ALSO:
        text = text.replace(*ALSO[name])
    text, place = marked(text)
    found = said(tmp_path, {**FILES, file: text})
    related = f"\n  see: {M}:13:11" if "PRF011" in told else ""
    assert found == [f"{file}:{place}: {told}\n  layer: group{related}"]


def test_a_layer_that_breaks_a_metric_is_told_at_the_layer(tmp_path: Path) -> None:
    market = MARKET.format(kind="Metric", name="own-ratio", spec='{definition: {numerator: "min(net_amount)"}}')
    found = said(tmp_path, {**FILES, "markets/de/metric.yaml": market})
    told = f"error PRF017 spec.definition.numerator does not add up from its parts\n  hint: {SUMS}\n  layer: market/de"
    assert found == [f"markets/de/metric.yaml:4:32: {told}"]


def test_a_market_whose_target_differs_from_the_groups_objective_is_told(tmp_path: Path) -> None:
    market = MARKET.format(kind="Metric", name="own-ratio", spec="{target: 0.25}")
    found = said(tmp_path, {**FILES, "markets/de/metric.yaml": market})
    told = "error PRF011 the objective ratio-slo asks 0.3 of own-ratio, whose target is 0.25\n  hint: keep one of them, or make them equal"
    assert found == [f"{S}:3:18: {told}\n  layer: group\n  see: markets/de/metric.yaml:4:16"]


def test_a_metric_of_business_time_without_a_calendar_is_a_warning_and_one_of_counts_is_none(tmp_path: Path) -> None:
    found = said(tmp_path, {name: text for name, text in FILES.items() if name != C})
    assert found == [
        f"{T}:3:18: warning PRF010 the metric order-time-from-entry is timed by Calendar:standard, which is not declared\n"
        "  hint: declare a Calendar of that name in group/, or name another one in spec.calendar\n  layer: group"
    ]


def test_all_is_told_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    broken = {
        M: METRIC.replace("touchpoint", "touchpiont").replace('count(*)"', 'countt(*)"').replace("eligible and", "eligble and"),
        C: CALENDAR.replace("country: de", "country: xx").replace('tue: ["08:00-12:00"]', 'tue: ["8-12"]'),
        S: SLO.replace("target: 0.3", "target: 3"),
    }
    found = said(tmp_path, {**FILES, **broken})
    assert [(line.split(":")[0], line.split(":")[1], line.split()[2]) for line in found] == [
        (C, "5", "PRF013"), (C, "7", "PRF013"), (M, "7", "PRF007"), (M, "11", "PRF007"), (M, "12", "PRF009"), (S, "13", "PRF012"),
    ]  # fmt: skip


def test_a_calendar_that_is_named_and_missing_is_told_once_as_a_reference(tmp_path: Path) -> None:
    found = said(tmp_path, {**FILES, T: TIMES.replace("@1}", "@1, calendar: Calendar:nights}")})
    assert [line.split()[2] for line in found] == ["MOD013"]


@pytest.mark.parametrize("standard", standards())
def test_every_standard_would_pass_the_checks_of_an_own_definition(tmp_path: Path, standard: str) -> None:
    definition = standards()[standard].model_dump_json(by_alias=True, exclude_unset=True)
    text = f"apiVersion: charter/v1\nkind: Metric\nmetadata: {{name: own}}\nspec: {{definition: {definition}}}\n"
    assert said(tmp_path, {**FILES, "group/own.yaml": text}) == []
