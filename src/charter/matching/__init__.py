"""The same customer, the same item: found, judged, decided, and told by a crosswalk; facts stay as they are."""
