"""Tasks: what opened one, whose it is, what was done about it, and how long it took in business time."""
