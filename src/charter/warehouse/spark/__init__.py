"""The second engine: Spark counts what is large, over the data and delete files of one snapshot; DuckDB keeps the books."""
