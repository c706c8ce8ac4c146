"""How well: metrics as documents, the clock of business time, the cube, and numbers with their passports."""
