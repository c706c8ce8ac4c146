"""The only door to DuckDB and DuckLake: connection, lock, tables, and the runner of SQL files."""
