"""The workspace of the simulated group: what is the same in every group is copied, what depends on its size is written."""

from __future__ import annotations

import random
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from charter.demo.country import REGIONS, Country
from charter.demo.exports.delivery import write_csv
from charter.demo.planting import Planted
from charter.demo.world import World

_HEAD = "apiVersion: charter/v1\n"
_OBJECTS = (
    "Process:order-to-delivery",
    "Process:case-to-resolution",
    "DataObject:orders",
    "DataObject:customers",
    "Experience:shop",
)
_MEASURED = (
    "Metric:digital-order-ratio",
    "Metric:digital-turnover-share",
    "Metric:average-order-time",
    "Metric:time-to-resolution",
)
_FUNCTIONS = ("sales", "service", "digital")
_GROUP = {
    "anna": ("Anna Berg", "digital"),
    "lars": ("Lars Holm", "service"),
    "otto": ("Otto Kern", "finance"),
    "mei": ("Mei Tan", "data"),
}
_FIRST = [
    "Ana",
    "Bea",
    "Carl",
    "Dora",
    "Emil",
    "Fay",
    "Gil",
    "Hana",
    "Ivo",
    "Jana",
    "Kai",
    "Lea",
    "Max",
    "Nora",
    "Oles",
    "Pia",
    "Rui",
    "Sara",
    "Tom",
    "Una",
    "Vera",
    "Wim",
    "Yara",
    "Zoe",
]
_DAYS = ("mon", "tue", "wed", "thu", "fri")


def write_documents(folder: Path, world: World, planted: Planted) -> None:
    """Writes all documents and tables of the workspace; notes which owners are missing on purpose."""
    _copy(files("charter.demo") / "workspace", folder, world)
    _scopes(folder / "group" / "organisation", world)
    _people(folder / "group" / "organisation", world, planted)
    sites = [[b.site, b.scope, f"market/{b.country.code}", b.country.code, b.country.currency] for b in world.branches]
    write_csv(folder / "group" / "sources" / "sites.csv", ["site", "scope", "market", "country", "currency"], sites)
    for country in world.countries:
        _market(folder / "markets" / country.code, country)


def _copy(source: Traversable, target: Path, world: World) -> None:
    systems = {country.system for country in world.countries} | {country.shop for country in world.countries}
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            _copy(entry, target / entry.name, world)
        elif _is_used(entry.name, systems):
            (target / entry.name).write_text(_filled(entry.read_text(encoding="utf-8"), entry.name, world), encoding="utf-8")


def _is_used(name: str, systems: set[str]) -> bool:
    """Whether a file belongs to a group with these systems: sources and contracts are named for theirs."""
    stem = name.split(".")[0]
    stem = {"shop": "classic"}.get(stem, stem)
    return stem in systems or stem not in ("kontor", "nordwind", "central", "as400", "overseas", "classic", "next")


def _filled(text: str, name: str, world: World) -> str:
    system = name.split(".")[0]
    fact, what = ("fact_invoice_line", "invoices") if system == "ledger" else ("fact_order", "orders")
    streams = "\n".join(
        f"    - {{id: {system}-{country.code}, rhythm: month, grace: 10, feeds: [{fact}], scope: market/{country.code}, title: {what} of {country.title}}}"
        for country in world.countries
        if system in (country.system, "ledger")
    )
    text = text.replace("@streams@", streams).replace("@countries@", str(len(world.countries)))
    return text.replace("@branches@", str(len(world.branches)))


def _scopes(folder: Path, world: World) -> None:
    rows = [
        [f"region/{code}", "group", title, "", "", "", ""]
        for code, title in REGIONS.items()
        if any(c.region == code for c in world.countries)
    ]
    for country in world.countries:
        entity = f"Nordfrost {country.title} {country.company}"
        rows.append(
            [
                f"market/{country.code}",
                f"region/{country.region}",
                country.title,
                country.zone,
                country.code,
                entity,
                country.system,
            ]
        )
    rows += [[branch.scope, f"market/{branch.country.code}", branch.title, "", "", "", ""] for branch in world.branches]
    told = [[scope, parent, "2020-01-01", "", *more] for scope, parent, *more in rows]
    write_csv(
        folder / "scopes.csv", ["scope", "parent", "from", "to", "title", "time_zone", "country", "legal_entity", "erp"], told
    )


def _people(folder: Path, world: World, planted: Planted) -> None:
    """Who answers for what, in the group and in each market; some left without a successor."""
    rng = random.Random(f"{world.size.seed} people")
    people = {f"person/{key}": [name, "", function, "2020-01-01", ""] for key, (name, function) in _GROUP.items()}
    owners = [
        [object_, "group", "*", "accountable", f"person/{_group_owner(object_)}", "2020-01-01", ""] for object_ in _owned(folder)
    ]
    asked = []
    for country in world.countries:
        for function in _FUNCTIONS:
            person = f"person/{country.code}-{function}"
            people[person] = [f"{rng.choice(_FIRST)} {country.title}", "", function, "2021-03-01", ""]
        for object_ in (*_OBJECTS, *_MEASURED):
            row = [
                object_,
                f"market/{country.code}",
                "*",
                "accountable",
                f"person/{country.code}-{_function(object_)}",
                "2021-03-01",
                "",
            ]
            owners.append(row)
            asked.append(row)
    wanted = max(1, round(planted.rates["missing_owner"] * len(asked)))
    for row in rng.sample(asked, min(wanted, len(asked))):
        gone = f"{row[4]}-{row[0].split(':')[1]}"
        people[gone] = [f"{rng.choice(_FIRST)} {row[1][7:].upper()}", "", "sales", "2021-03-01", f"2025-0{rng.randrange(1, 8)}-01"]
        row[4] = gone
        planted.vacancies.append((row[0], row[1], gone))
    rows = [[person, *told, ""] for person, told in sorted(people.items())] + _reps(world)
    write_csv(folder / "people.csv", ["person", "name", "team", "function", "from", "to", "login"], rows)
    write_csv(folder / "owners.csv", ["object", "scope", "facet", "role", "person", "from", "to"], owners)


def _reps(world: World) -> list[list[str]]:
    """The reps of the markets that tell the group who they are in the shop; where the classic shop sells, they do not."""
    rng = random.Random(f"{world.size.seed} reps")
    return [
        [f"person/{user.name}", f"{rng.choice(_FIRST)} {branch.title}", "", "sales", "2020-01-01", "", user.name]
        for branch in world.branches
        if branch.country.shop == "next"
        for user in world.reps[branch.scope]
    ]


def _owned(folder: Path) -> list[str]:
    metrics = sorted(path.stem for path in (folder.parent / "metrics").glob("*.yaml"))
    return [*(f"Metric:{name}" for name in metrics), *_OBJECTS, "DataObject:articles", "DataObject:invoices"]


def _group_owner(object_: str) -> str:
    if "resolution" in object_ or "case" in object_:
        return "lars"
    if object_ in ("Metric:invoiced-turnover", "Metric:order-value", "Metric:price-dispersion"):
        return "otto"
    return "mei" if object_.startswith("DataObject") else "anna"


def _function(object_: str) -> str:
    if "resolution" in object_:
        return "service"
    return "digital" if object_.startswith(("Experience", "Metric")) else "sales"


def _market(folder: Path, country: Country) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    hours = ", ".join(f'"{_wall(begin)}-{_wall(end)}"' for begin, end in country.hours)
    week = ", ".join(f"{day}: [{hours}]" for day in _DAYS)
    head = f"{_HEAD}kind: Calendar\nmetadata: {{name: standard}}\nspec:\n"
    (folder / "calendar.yaml").write_text(f"{head}  country: {country.code}\n  hours: {{{week}}}\n", encoding="utf-8")
    target = {"se": ("2025-01-01", "0.25", "market plan 2025"), "gb": ("2024-01-01", "0.03", "ERP change")}.get(country.code)
    if target:
        begin, value, reference = target
        end = ", to: 2025-01-01" if country.code == "gb" else ""
        text = f"{_HEAD}kind: Metric\nmetadata: {{name: digital-order-ratio}}\nspec:\n"
        text += f"  target: [{{from: {begin}{end}, value: {value}, reference: {reference}}}]\n"
        (folder / "targets.yaml").write_text(text, encoding="utf-8")


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
