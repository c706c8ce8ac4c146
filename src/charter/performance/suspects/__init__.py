"""Suspects: what the facts themselves say against a number, told to who answers for it; nothing is rewritten (ADR 22)."""
