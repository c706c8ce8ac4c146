"""How a source is reached: one small protocol, and the connectors that keep it."""

from charter.intake.connectors.protocol import Connector, Delivery, Reach, Staged, connector_for

__all__ = ["Connector", "Delivery", "Reach", "Staged", "connector_for"]
