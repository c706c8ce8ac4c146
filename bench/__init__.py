"""Ratios against hand-written limits, in one run: `python -m bench [NAME...]`."""
