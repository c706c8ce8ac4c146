"""What the systems of the simulated group export: each in its own form, with its own words, and with its own dirt."""
