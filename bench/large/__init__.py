"""50M orders, 150M lines and 10M cases of 36 months, taken in month by month: `python -m bench.large`."""
