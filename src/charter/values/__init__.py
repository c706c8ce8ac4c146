"""Values: money, shares, periods, calendars and the arithmetic that every door shares. Pure."""
