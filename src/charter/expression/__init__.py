"""Expressions in metrics, mappings and contracts: trees over an allow-list, parsed, checked and printed; never concatenated."""

from charter.expression.expression import Expression, check, parse
from charter.expression.functions import FUNCTIONS, FunctionEntry
from charter.expression.printing import misfits, to_sql

__all__ = ["FUNCTIONS", "Expression", "FunctionEntry", "check", "misfits", "parse", "to_sql"]
