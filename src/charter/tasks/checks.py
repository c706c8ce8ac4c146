"""Findings over the policy of tasks."""

from __future__ import annotations

from collections.abc import Iterator

from charter.errors import Finding
from charter.model.check import CheckContext
from charter.tasks.codes import TSK009
from charter.tasks.kinds import POLICY


def policy(context: CheckContext) -> Iterator[Finding]:
    """Answers the policies that nothing reads, as they have another name or stand below the group."""
    for ref in context.model.all_refs("TaskPolicy"):
        if str(ref) != POLICY:
            document = context.model.layers_of(ref)[ref.home][0]
            yield TSK009.finding(document.origin, layer=document.layer, ref=ref, policy=POLICY)


CHECKS = (policy,)
