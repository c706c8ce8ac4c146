"""How findings are told: as text, as JSON, as SARIF. One renderer for all faces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from charter import __version__
from charter.errors import Code, Finding, Severity

_SARIF_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(finding: Finding) -> str:
    """Answers the finding as people read it: place, severity, code, text; then hint, layer and related places."""
    place = f"{finding.origin}: " if finding.origin else ""
    lines = [f"{place}{finding.severity} {finding.code} {finding.message}"]
    if finding.hint:
        lines.append(f"  hint: {finding.hint}")
    if finding.layer:
        lines.append(f"  layer: {finding.layer}")
    lines += [f"  see: {origin}" for origin in finding.related]
    return "\n".join(lines)


def as_dict(finding: Finding) -> dict[str, Any]:
    """Answers the finding as a plain mapping, for JSON."""
    origin = finding.origin
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "message": finding.message,
        "file": origin.file if origin else None,
        "line": origin.line if origin else None,
        "column": origin.column if origin else None,
        "hint": finding.hint,
        "layer": finding.layer,
        "related": [str(place) for place in finding.related],
    }


def as_sarif(findings: Iterable[Finding], codes: Mapping[str, Code]) -> str:
    """Answers the findings as a SARIF 2.1.0 log, which editors and code hosts read."""
    found = list(findings)
    used = sorted({finding.code for finding in found})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": codes[code].text if code in codes else code},
            "fullDescription": {"text": codes[code].why if code in codes else code},
        }
        for code in used
    ]
    log = {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "charter", "version": __version__, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding, used) for finding in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _sarif_result(finding: Finding, rules: Sequence[str]) -> dict[str, Any]:
    text = finding.message if not finding.hint else f"{finding.message} (hint: {finding.hint})"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rules.index(finding.code),
        "level": _SARIF_LEVEL[finding.severity],
        "message": {"text": text},
    }
    if finding.origin:
        result["locations"] = [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": finding.origin.file},
                    "region": {"startLine": finding.origin.line, "startColumn": finding.origin.column},
                }
            }
        ]
    return result


def summary(findings: Iterable[Finding]) -> str:
    """Answers how many there are of each severity, in words."""
    found = list(findings)
    if not found:
        return "no findings"
    counts = {level: sum(1 for finding in found if finding.severity is level) for level in Severity}
    return ", ".join(f"{n} {level}{'s' if n != 1 else ''}" for level, n in counts.items() if n)
