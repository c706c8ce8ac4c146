"""A first draft for an export that nobody described: its form, its columns, what they may mean, and the documents that say so."""
