"""The commands about who is the same: match; match list, show, decide, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from charter.cli.arguments import JsonOption, QuietOption, WorkspaceOption, open_bound, open_here

if TYPE_CHECKING:
    from charter.app.match_review import PairFacts, QueueRow

ItemsOption = Annotated[bool, typer.Option("--items", help="Items, instead of accounts.")]
AccountsOption = Annotated[bool, typer.Option("--accounts", help="Accounts (that is what is meant without it).")]
ReasonOption = Annotated[str, typer.Option("--reason", help="How you know; kept for good.")]
OneArgument = Annotated[str, typer.Argument(help="The key of one.")]
OtherArgument = Annotated[str, typer.Argument(help="The key of the other.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    group.callback()(find)
    group.command("list")(list_pairs)
    group.command("show")(show)
    group.command("decide")(decide)
    group.command("undo")(undo)
    app.add_typer(group, name="match")


def find(
    context: typer.Context,
    accounts: Annotated[bool, typer.Option("--accounts", help="Only accounts.")] = False,
    items: Annotated[bool, typer.Option("--items", help="Only items.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find accounts and items that are the same, by exact keys and by probability. Then list, show, decide and undo."""
    if context.invoked_subcommand is not None:
        return
    from charter.app.match import KINDS
    from charter.app.match import find as search
    from charter.cli.terminal import progress, say, say_json

    project = open_bound(workspace)
    kinds = tuple(kind for kind, asked in zip(KINDS, (accounts, items), strict=True) if asked) or KINDS
    with progress(quiet or as_json) as advance:
        found = search(project, kinds=kinds, advance=advance)
    if as_json:
        say_json([one.as_dict() for one in found])
        return
    for one in found:
        say(one.in_words())
        if one.searched:
            for common in one.common:
                say(f"  {common}", "yellow")
    if any(one.counts.get("review") for one in found):
        flag = "" if found[0].counts.get("review") else " --items"
        say(f"what to review, the dearest first: charter match list{flag}", "dim")


def list_pairs(
    accounts: AccountsOption = False,
    items: ItemsOption = False,
    at: Annotated[str | None, typer.Option("--at", help="Only where one of the two has its home in this scope or below.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every pair that was found, however it stands.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the pairs to be reviewed, the dearest first. Dear is what the two ordered in the last 12 months."""
    from charter.app.match_review import queue
    from charter.cli.terminal import escaped, say, say_json, say_table

    kind = _kind(accounts, items)
    rows = queue(open_bound(workspace), kind=kind, at=at, everything=everything)
    if as_json:
        say_json([row.as_dict() for row in rows])
        return
    if not rows:
        say(f"no {kind} is to be reviewed{f' at {at} or below it' if at else ''}")
        return
    say_table(
        ("one", "other", "they are", "probability", f"turnover ({rows[0].currency})", *(("status",) if everything else ())),
        [
            (
                escaped(row.pair.left), escaped(row.pair.right), escaped(_both(row)), _probability(row), f"{row.value:,.2f}",
                *((row.pair.status,) if everything else ()),
            )
            for row in rows
        ],
        right=(3, 4), whole=(0, 1),
    )  # fmt: skip
    first = rows[0].pair
    flag = " --items" if kind == "item" else ""
    say(f"side by side: charter match show {first.left} {first.right}{flag}", "dim")


def _kind(accounts: bool, items: bool) -> str:
    if accounts and items:
        raise typer.BadParameter("--accounts and --items: one at a time")
    return "item" if items else "account"


def _both(row: QueueRow) -> str:
    names = [str(one.get("name") or one.get("title") or "?") for one in row.records]
    return names[0] if names[0] == names[1] else " / ".join(names)


def _probability(row: QueueRow) -> str:
    if row.pair.exact_key:
        return "exact key"
    return "" if row.pair.probability is None else f"{row.pair.probability:.4f}"


def show(
    one: OneArgument,
    other: OtherArgument,
    items: ItemsOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show two records side by side, with what speaks for and against their being the same, and what was decided."""
    from charter.app.match_review import show as look
    from charter.cli.terminal import say_json

    found = look(open_here(workspace), one, other, kind=_kind(False, items))
    if as_json:
        say_json(found.as_dict())
    else:
        _tell(found)


def _tell(found: PairFacts) -> None:
    from charter.app.match_review import SHOWN
    from charter.cli.terminal import escaped, say, say_table

    left, right = found.records
    what = "order" if found.kind == "account" else "line"
    rows = [(name, left.get(name), right.get(name)) for name in SHOWN if left.get(name) or right.get(name)]
    rows.append(("last 12 months", found.trade[0].in_words(what), found.trade[1].in_words(what)))
    say_table(("", found.pair.left, found.pair.right), [(name, escaped(a or ""), escaped(b or "")) for name, a, b in rows])
    say()
    say(_standing(found), "bold")
    if found.detail is not None and found.detail.steps:
        weighed = [("before looking", "", f"{found.before_looking:+.2f}")] if found.before_looking is not None else []
        weighed += [(step.field, step.told, f"{step.weight:+.2f}") for step in found.detail.steps]
        weighed.append(("together", f"probability {found.detail.probability}", f"{found.detail.weight:+.2f}"))
        say_table(("field", "agreement", "match weight (bits)"), weighed, right=(2,))
    if found.history:
        say_table(
            ("at (UTC)", "decided", "by", "reason"),
            [(f"{line.at:%Y-%m-%d %H:%M}", line.what, escaped(line.by), escaped(line.reason)) for line in found.history], whole=(0, 1),
        )  # fmt: skip


def _standing(found: PairFacts) -> str:
    pair = found.pair
    told = {
        "automatic": "accepted by " + (f"the exact key {pair.exact_key}" if pair.exact_key else f"probability {pair.probability}"),
        "review": "to be reviewed", "implied": "the same by way of others", "apart": "kept apart by a decision about others",
        "unlikely": "unlikely: below the review queue", "not found": "not found: too different, or never compared",
    }.get(pair.status, pair.status)  # fmt: skip
    ours, theirs = found.identity
    return f"{told}; " + (f"both are {ours}" if ours == theirs else "they are two")


def decide(
    one: OneArgument,
    other: OtherArgument,
    same: Annotated[bool, typer.Option("--same", help="They are the same.")] = False,
    different: Annotated[bool, typer.Option("--different", help="They are different, whatever links them.")] = False,
    reason: ReasonOption = "",
    items: ItemsOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide that two are the same, or different. It holds from then on, whatever later searches find, until it is undone."""
    from charter.app.codes import APP065
    from charter.app.match_review import decide as act

    if same == different:
        raise APP065.exception(given="both" if same else "neither")
    _say_done(act(open_bound(workspace), one, other, same=same, reason=reason, kind=_kind(False, items)), as_json)


def undo(
    one: OneArgument,
    other: OtherArgument,
    reason: ReasonOption = "",
    items: ItemsOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo what was decided about two. Who is the same as whom is then what it was without that decision."""
    from charter.app.match_review import undo as act

    _say_done(act(open_bound(workspace), one, other, reason=reason, kind=_kind(False, items)), as_json)


def _say_done(found: PairFacts, as_json: bool) -> None:
    from charter.cli.terminal import say, say_json

    if as_json:
        say_json(found.as_dict())
        return
    last = found.history[-1]
    say(f"{last.what}: {found.pair.left} and {found.pair.right}, by {last.by}; {_standing(found)}")
