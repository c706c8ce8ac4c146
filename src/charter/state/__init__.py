"""The only door to the operational database: what people recorded (acceptances now; approvals and tasks later)."""
