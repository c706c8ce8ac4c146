"""What holds for one value at a scope on a day, and why: told as lines and as JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from charter.app.project import Project
from charter.model.fold import Step
from charter.model.model import Answer

NOT_SET = "not set"


def why(project: Project, ref: str, path: str, scope: str, as_of: date) -> Answer:
    """Answers the resolver's own answer, with its chain of layers; raises where the call is wrong."""
    return project.model(as_of).resolve(ref, path, scope)


def plain(value: Any) -> Any:
    """Answers a value for JSON: decimals as strings, the rest as it is."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def as_words(value: Any) -> str:
    """Answers a value as people write it in a document: maps and lists in flow style, numbers as they are."""
    if value is None:
        return "no value"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_words(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_words, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(plain(value))


def answer_as_text(answer: Answer) -> list[str]:
    """Answers the explanation as lines: the value and who set it, then each layer of the chain with its place."""
    head = as_words(answer.value)
    if answer.winner is not None:
        head += f"   set by {answer.winner.layer}, {answer.state}"
    else:
        head += f"   {answer.presence}, {answer.state}"
    begin, end = answer.valid
    if begin:
        head += f"   from {begin}"
    if end:
        head += f"{'' if begin else '  '} to {end}"
    if answer.review_by:
        head += f", review by {answer.review_by}"
    lines = [head]
    width = max((len(scope) for scope, _ in answer.chain), default=0)
    for scope, steps in answer.chain:
        if not steps or isinstance(steps, str):
            lines.append(f"  {scope.ljust(width)}   {NOT_SET}")
            continue
        lines += [f"  {scope.ljust(width)}   {step_line(step, answer)}" for step in steps]
    lines += [f"  needs the approval of {role}" for role in answer.needs]
    return lines


def step_line(step: Step, answer: Answer) -> str:
    """Answers one layer's word: value, place, verdict, and the locks that had a say."""
    parts = [as_words(step.value), str(step.origin)]
    if step.verdict != "accepted":
        parts.append(f"{step.verdict}{f' ({step.code})' if step.code else ''}")
    parts += [str(rule) for rule in step.rules]
    parts += [f"waived by {waiver}" for waiver in step.waivers]
    if answer.winner is not None and step == answer.winner:
        parts.append("wins")
    return "   ".join(parts)


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """Answers the explanation as a plain mapping, for JSON."""
    return {
        "ref": str(answer.ref),
        "path": answer.path,
        "scope": answer.scope,
        "as_of": answer.as_of.isoformat(),
        "revision": answer.revision,
        "value": plain(answer.value),
        "presence": str(answer.presence),
        "state": str(answer.state),
        "needs": list(answer.needs),
        "valid": [bound.isoformat() if bound else None for bound in answer.valid],
        "review_by": answer.review_by.isoformat() if answer.review_by else None,
        "winner": _step(answer.winner) if answer.winner else None,
        "losers": [_step(step) for step in answer.losers],
        "chain": [
            {"scope": scope, "steps": [] if isinstance(steps, str) else [_step(step) for step in steps]}
            for scope, steps in answer.chain
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "layer": step.layer,
        "origin": str(step.origin),
        "path": step.path,
        "value": plain(step.value),
        "verdict": str(step.verdict),
        "rules": [str(rule) for rule in step.rules],
        "waivers": [str(waiver) for waiver in step.waivers],
        "code": step.code,
    }
