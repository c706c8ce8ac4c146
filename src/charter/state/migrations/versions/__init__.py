"""One script a step, never edited after it has landed."""
