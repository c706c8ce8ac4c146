"""The demo group: a small generated wholesaler with exports of three makes, and the truth about it."""
