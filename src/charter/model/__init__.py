"""The model kernel: what holds for a setting, at a scope, on a day, as known then, and why. It knows no commerce."""
