"""Findings over the documents of matching."""

from __future__ import annotations

from collections.abc import Iterator

from charter.errors import Finding
from charter.matching.codes import MAT001, MAT002
from charter.matching.kinds import DOCUMENTS
from charter.matching.scheme import SCHEMES, near_column
from charter.model.check import CheckContext


def documents(context: CheckContext) -> Iterator[Finding]:
    """Answers the documents that nothing reads, and the exact keys that name a column which there is not."""
    named = {ref: kind for kind, ref in DOCUMENTS.items()}
    for ref in context.model.all_refs("Matching"):
        document = context.model.layers_of(ref)[ref.home][0]
        kind = named.get(str(ref))
        if kind is None:
            yield MAT001.finding(document.origin, layer=document.layer, ref=ref, allowed=" or ".join(sorted(named)))
            continue
        effective = context.model.effective(ref)
        scheme = SCHEMES[kind]
        for column in dict.fromkeys(name for key in (effective.spec.exact_keys or () if effective else ()) for name in key):
            if column not in scheme.columns:
                near = near_column(scheme, column)
                yield MAT002.finding(document.origin, layer=document.layer, column=column, kind=kind, near=near)


CHECKS = (documents,)
