"""Findings of the room."""

CHECKS = ()
