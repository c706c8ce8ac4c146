"""Closing: what a period's number was is kept for good, with all that it was worked out from; and what changed since, by reason."""
