"""What takes too long for `make test`: kill storms, many readers, a million property cases."""
