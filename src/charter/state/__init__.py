"""The only door to the operational database: what people recorded (acceptances and tasks now; approvals later)."""
