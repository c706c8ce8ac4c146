"""The demo group: a simulated wholesaler of refrigeration and air conditioning, what its systems export, and the truth about it.

It shares no code and no constant with what measures: it imports nothing of Charter.
"""
