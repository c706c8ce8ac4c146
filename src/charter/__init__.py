"""Charter: the operating model of B2B commerce, as code."""

__version__ = "0.1.0"
