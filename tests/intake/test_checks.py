"""`charter check` over sources and code lists: each code with its whole text; « in an input marks the place that is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from shop import AT, CONTRACT, SOURCE, Shop

from charter.errors import CharterError
from charter.intake.declare import declared
from charter.model.ref import Ref

ERP = "group/sources/erp.yaml"
ORDERS = "group/contracts/orders.odcs.yaml"
LIST = """\
apiVersion: charter/v1
kind: CodeList
metadata: {name: items}
spec:
  key: [item]
  rows:
    - {item: A, scope: group}
    - {item: B, scope: group}
"""
LOOKUP = '      key: [no, pos]\n      lookups: [{id: known, list: "CodeList:items", on: [item]}]\n'


@dataclass(frozen=True)
class Case:
    """What is changed in the shop's source (and other files), and what is told at the mark."""

    told: str
    old: str = ""
    new: str = ""
    files: dict[str, str] = field(default_factory=dict)
    place: str = ERP


def _mapped(text: str) -> tuple[str, str]:
    return "quantity: qty", f'quantity: «"{text}"'


def _greedy(text: str, problem: str, hint: str) -> Case:
    old, new = _mapped(text)
    return Case(f"error INT032 spec.entities[lines].targets.order_line.quantity: {problem}\n  hint: {hint}", old, new)


ONLY = "columns, literals, CASE, CAST, operators and listed functions are allowed"
STATEMENT = "an expression is a value, not a statement"
LISTED = "docs/reference/functions.md lists what there is"
TARGETS = "order, order_line, invoice_line, case_event, defect, account, item, fx_rate, control_total"

CASES: dict[str, Case] = {
    "INT020 a contract": Case(
        "error INT020 spec.entities[lines].contract names DataContract:order, which does not exist\n  hint: did you mean DataContract:orders?",
        "contract: DataContract:orders", "contract: «DataContract:order",
    ),
    "INT020 no Ref": Case(
        "error INT020 spec.entities[lines].contract names orders.yaml, which does not exist\n  hint: declare the DataContract, or mend the name",
        "contract: DataContract:orders", "contract: «orders.yaml",
    ),
    "INT020 a list": Case(
        "error INT020 spec.entities[lines].lookups[known].list names CodeList:item, which does not exist\n  hint: did you mean CodeList:items?",
        "      key: [no, pos]\n", LOOKUP.replace('"CodeList:items"', '«"CodeList:item"'), {"group/lists.yaml": LIST},
    ),
    "INT021": Case(
        "error INT021 DataContract:orders has no schema object line; it has: lines\n  hint: did you mean lines?",
        "      key: [no, pos]\n", "      object: «line\n      key: [no, pos]\n",
    ),
    "INT021 not named": Case(
        "error INT021 DataContract:orders has no schema object of no name; it has: lines, heads\n  hint: name one of them under `object`",
        "contract: DataContract:orders", "contract: «DataContract:orders",
        {ORDERS: CONTRACT + "  - name: heads\n    logicalType: object\n    properties:\n      - {name: no, logicalType: string}\n"},
    ),
    "INT022 key": Case(
        "error INT022 spec.entities[lines].key: poss is no column of orders\n  hint: did you mean pos?", "key: [no, pos]", "key: «[no, poss]"
    ),
    "INT022 document": Case(
        "error INT022 spec.entities[lines].document: number is no column of orders\n  hint: name one of its columns",
        "key: [no, pos]", "document: «[number]",
    ),
    "INT022 lookup": Case(
        "error INT022 spec.entities[lines].lookups[known].on: itm is no column of orders\n  hint: did you mean item?",
        "      key: [no, pos]\n", LOOKUP.replace("[item]", "«[itm]"), {"group/lists.yaml": LIST},
    ),
    "INT022 exclude": Case(
        "error INT022 spec.entities[lines].exclude[postage].when: itm is no column of orders\n  hint: did you mean item?",
        "      value: net\n", "      value: net\n      exclude: [{reason: postage, when: «\"itm = 'POST'\"}]\n",
    ),
    "INT022 value": Case(
        "error INT022 spec.entities[lines].value: nett is no column of orders\n  hint: did you mean net?", "value: net", "value: «nett * 2"
    ),
    "INT022 day": Case(
        "error INT022 spec.entities[lines].day: ordered is no column of orders\n  hint: there are day, item, net, no, pos, qty ...",
        "day: day\n", "day: «ordered\n",
    ),
    "INT022 mapping": Case(
        "error INT022 spec.entities[lines].targets.order_line.quantity: qtty is no column of orders\n  hint: did you mean qty?",
        "quantity: qty", "quantity: «qtty",
    ),
    "INT023": Case(
        f"error INT023 spec.entities[lines].targets: there is no target order_lines; there are: {TARGETS}\n  hint: did you mean order_line?",
        "order_line: {document: no", "order_lines: {document: «no",
    ),
    "INT024": Case(
        "error INT024 spec.entities[lines].targets: the target order_line has no column quantty\n  hint: did you mean quantity?",
        "quantity: qty", "quantty: «qty",
    ),
    "INT025 text": Case(
        "note INT025 orders 1.0.0: the rule net:text is not enforced: rules of type text are for people\n"
        "  hint: nobody checks it when rows come in; give it a form that can run, or check it by hand",
        files={ORDERS: CONTRACT.replace("{name: net, logicalType: number}",
                                        "{name: net, logicalType: number, quality: [«{type: text, description: reviewed}]}")},
        place=ORDERS,
    ),
    "INT025 sql": Case(
        "note INT025 orders 1.0.0: the rule rows:peek is not enforced: its SQL is not one aggregate over ${table}, with or without WHERE\n"
        "  hint: nobody checks it when rows come in; give it a form that can run, or check it by hand",
        files={ORDERS: CONTRACT + "    quality:\n      - «{type: sql, name: peek, mustBe: 0, query: \"SELECT count(*) FROM read_text('/etc/passwd')\"}\n"},
        place=ORDERS,
    ),
    "INT025 pattern": Case(
        "note INT025 orders 1.0.0: the rule item:pattern is not enforced: its pattern is no regular expression that can be run (RE2: no "
        "looking ahead or behind, no back references)\n"
        "  hint: nobody checks it when rows come in; give it a form that can run, or check it by hand",
        files={ORDERS: CONTRACT.replace("{name: item, logicalType: string}",
                                        "{name: item, logicalType: string, logicalTypeOptions: {pattern: «\"(?=A)A\"}}")},
        place=ORDERS,
    ),
    "INT025 custom": Case(
        "note INT025 orders 1.0.0: the rule rows:custom is not enforced: rules of type custom are for people\n"
        "  hint: nobody checks it when rows come in; give it a form that can run, or check it by hand",
        files={ORDERS: CONTRACT + "    quality:\n      - «{type: custom, engine: soda, implementation: checks}\n"},
        place=ORDERS,
    ),
    "INT026": Case(
        "error INT026 spec.connection.url holds a password in plain text\n  hint: name an environment variable: url: {env: SHOP_DB_URL}",
        "{type: files}", '{type: sql, url: «"postgresql://db/shop?user=reader&password=geheim"}',
    ),
    "INT027 a list": Case(
        "error INT027 spec.key: the list CodeList:items has no column itm; it has: item, scope\n  hint: did you mean item?",
        files={"group/lists.yaml": LIST.replace("[item]", "«[itm]")}, place="group/lists.yaml",
    ),
    "INT027 an expression": Case(
        "error INT027 spec.entities[lines].day: the list CodeList:items has no column scpe; it has: item, scope\n  hint: did you mean scope?",
        "      key: [no, pos]\n      value: net\n      day: day\n", LOOKUP + "      value: net\n      day: «known.scpe\n", {"group/lists.yaml": LIST},
    ),
    "INT028": Case(
        "error INT028 spec.entities[lines].lookups[known]: `on` has 2 columns, the key of CodeList:items 1\n"
        "  hint: give one source column for each key column of the list, in its order",
        "      key: [no, pos]\n", LOOKUP.replace("[item]", "«[item, no]"), {"group/lists.yaml": LIST},
    ),
    "INT029": Case(
        "error INT029 CodeList:items has the key A in more than one row\n  hint: keep one row for each key\n  layer: group\n  see: group/lists.yaml:7:7",
        files={"group/lists.yaml": LIST.replace("{item: B", "«{item: A")}, place="group/lists.yaml",
    ),
    "INT029 in a file": Case(
        "error INT029 CodeList:items has the key A in more than one row\n  hint: keep one row for each key\n  layer: group\n  see: group/items.csv:2:1",
        files={"group/lists.yaml": LIST.partition("  rows:")[0] + "  file: items.csv\n", "group/items.csv": "item,scope\nA,group\nB,group\n«A,group\n"},
        place="group/items.csv",
    ),
    "INT030": Case(
        "error INT030 spec.entities[lines].targets: the target order_line needs document\n  hint: map it",
        "{document: no, line: pos,", "{line: «pos,",
    ),
    "INT031": Case(
        "error INT031 spec.entities[lines] has neither key nor document\n"
        "  hint: give `key`, or `document` (rows are then told apart by document, content and ordinal)",
        '      files: ["../../exports/*.csv"]\n      format: {}\n      contract: DataContract:orders\n      key: [no, pos]\n',
        '      files: «["../../exports/*.csv"]\n      format: {}\n      contract: DataContract:orders\n',
    ),
    "INT032 read_text": _greedy("read_text('/etc/passwd')", "read_text is no function of expressions", "did you mean greatest?"),
    "INT032 read_csv": _greedy("read_csv('/etc/passwd')", "read_csv is no function of expressions", LISTED),
    "INT032 glob": _greedy("glob('/etc/*')", "glob is no function of expressions", LISTED),
    "INT032 sqlite_scan": _greedy("sqlite_scan('x', 'y')", "sqlite_scan is no function of expressions", LISTED),
    "INT032 query": _greedy("query('select 1')", "query is no function of expressions", "did you mean upper?"),
    "INT032 copy": _greedy("copy x to '/tmp/x'", "a statement (COPY) is not allowed in an expression", STATEMENT),
    "INT032 attach": _greedy("attach '/tmp/x'", "a statement (ATTACH) is not allowed in an expression", STATEMENT),
    "INT032 set": _greedy("set memory_limit = '9GB'", "a statement (SET) is not allowed in an expression", STATEMENT),
    "INT032 subquery": _greedy("(select content from read_text('/etc/passwd'))", "a subquery is not allowed in an expression", ONLY),
    "INT032 repeat": _greedy("repeat('x', 1000000000)", "repeat is no function of expressions", "did you mean replace?"),
    "INT032 repeat 1e9": _greedy("repeat('x', 1e9)", "repeat is no function of expressions", "did you mean replace?"),
    "INT032 range": _greedy("range(1e12)", "range is no function of expressions", LISTED),
    "INT032 aggregate": _greedy("sum(qty)", "sum is an aggregate; it is not allowed here", "aggregates stand in components of metrics only"),
    "INT032 two": _greedy("qty; qty", "qty; qty is not an expression: it is more than one", "write one expression over columns, such as amount * 2"),
    "INT033": Case(
        "error INT033 spec.entities[lines].version: version needs a first target that keeps it; fx_rate does not\n"
        "  hint: leave it out: the later delivery then wins",
        '      targets:\n        order_line: {document: no, line: pos, ordered_on: day, item: item, quantity: qty, net_amount: net, currency: "\'EUR\'"}\n',
        "      version: «qty\n      targets:\n        fx_rate: {rate_set: \"'a'\", currency: item, rate_on: day, rate: net}\n",
    ),
    "INT035": Case(
        "error INT035 spec.connection: there is no connector file; there are: files, sql\n  hint: did you mean files?",
        "{type: files}", "{type: «file}",
    ),
    "INT037": Case(
        "error INT037 spec.scope: the scope market/dee is not declared\n  hint: did you mean market/de?",
        "  connection:", "  scope: «market/dee\n  connection:",
    ),
    "INT037 a stream": Case(
        "error INT037 spec.streams[calls].scope: the scope market/dee is not declared\n  hint: did you mean market/de?",
        "  connection:", "  streams: [{id: calls, rhythm: month, scope: «market/dee}]\n  connection:",
    ),
    "INT069": Case(
        "error INT069 spec.entities[lines].targets.control_total.entity: the source has no entity line, so that these totals are "
        "compared with nothing\n  hint: did you mean lines?",
        "        order_line: {document: no, line: pos,",
        "        control_total: {entity: «\"'line'\", scope: \"'market/de'\", month: day, measure: \"'orders'\", value: net}\n"
        "        order_line: {document: no, line: pos,",
    ),
    "INT042 unknown": Case(
        "error INT042 %Q is no format of a day: %Q means nothing\n  hint: write it as strptime knows it, such as %d.%m.%Y, or as dd.MM.yyyy",
        "format: {}", 'format: {dates: «"%Q"}',
    ),
    "INT042 no year": Case(
        "error INT042 %d.%m. is no format of a day: it has no year\n  hint: write it as strptime knows it, such as %d.%m.%Y, or as dd.MM.yyyy",
        "format: {}", 'format: {timestamps: «"%d.%m."}',
    ),
    "MOD041 a file": Case(
        "error MOD041 spec.connection.file leads outside the workspace: ../../../x.sqlite\n"
        "  hint: keep the file in the workspace, or declare a root in charter.yaml spec.inputs",
        "{type: files}", "{type: sql, file: «../../../x.sqlite}",
    ),
    "MOD017 a zone": Case(
        "", "  connection:", "  timeZone: Europe/Berlinn\n  connection:",
    ),
}  # fmt: skip


def _marked(text: str) -> tuple[str, str]:
    """The text without its mark, and where the mark was: line and column from 1."""
    before, mark, after = text.partition("«")
    return before + after, f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}" if mark else ""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("checks") / "shop")
    (shop.folder / "group" / "scopes.csv").write_text("scope,parent,from,to,title\nmarket/de,group,,,Germany\n")
    return shop


def _said(shop: Shop, files: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """What check says of the shop with these files, and the place of the mark in each."""
    places = {}
    for name, text in {ERP: SOURCE, ORDERS: CONTRACT, **files}.items():
        plain, places[name] = _marked(text)
        shop.write(name, plain)
    try:
        return shop.check(), places
    finally:
        for name in files:
            (shop.folder / name).unlink()


def test_a_whole_source_has_no_findings(shop: Shop) -> None:
    lookup = SOURCE.replace("      key: [no, pos]\n", LOOKUP)
    assert _said(shop, {ERP: lookup, "group/lists.yaml": LIST})[0] == []


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("INT", "MOD041"))])
def test_what_is_wrong_is_told_with_its_place(shop: Shop, name: str) -> None:
    case = CASES[name]
    files = dict(case.files)
    if case.old:
        assert case.old in SOURCE
        files[ERP] = SOURCE.replace(case.old, case.new)
    elif case.place == "group/lists.yaml" or "group/lists.yaml" in files:
        files.setdefault(ERP, SOURCE)
    said, places = _said(shop, files)
    layer = "" if "  layer: " in case.told else "\n  layer: group"
    wanted = f"{case.place}:{places[case.place]}: {case.told}{layer}"
    # A sql connection over files, or a connector that is not there, has no other finding here.
    assert said == [wanted]


def test_a_zone_that_is_none_is_told(shop: Shop) -> None:
    said, _ = _said(shop, {ERP: SOURCE.replace(CASES["MOD017 a zone"].old, CASES["MOD017 a zone"].new)})
    assert [line for line in said if "an IANA time zone such as Europe/Berlin is allowed" in line] == said
    assert said


def test_everything_is_told_at_once_in_the_order_of_the_file(shop: Shop) -> None:
    broken = (
        SOURCE.replace("key: [no, pos]", "key: [no, poss]")
        .replace("value: net", "value: nett")
        .replace("item: item", "itm: item")
        .replace("quantity: qty", "quantity: \"read_text('x')\"")
        .replace("connection: {type: files}", "scope: market/nowhere\n  connection: {type: ftp}")
    )
    said, _ = _said(shop, {ERP: broken})
    assert [[line.split(":")[1], line.split()[2]] for line in said] == [
        ["6", "INT037"], ["7", "INT035"], ["13", "INT022"], ["14", "INT022"], ["17", "INT024"], ["17", "INT032"],
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["INT020 a contract", "INT020 a list", "INT021"])
def test_a_run_would_use_the_same_words_as_the_check(shop: Shop, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    files = {**case.files, ERP: SOURCE.replace(case.old, case.new)}
    for path, text in files.items():
        shop.write(path, _marked(text)[0])
    try:
        project = shop.project
        with pytest.raises(CharterError) as caught:
            declared(project.model(AT.date()), Ref("Source", "erp"), environment={}, scratch=tmp_path)
        assert f"{caught.value}\n  layer: group" == shop.check()[0]
        with pytest.raises(CharterError) as refused:
            shop.run()
        assert (refused.value.code, refused.value.origin) == ("APP004", caught.value.origin)
    finally:
        for path in files:
            (shop.folder / path).unlink()
