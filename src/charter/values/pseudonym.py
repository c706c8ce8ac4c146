"""Keyed pseudonyms: the same person is the same text wherever the key is the same, and nobody reads a person from it without."""

from __future__ import annotations

from hashlib import sha256

LENGTH = 32
"""Hexadecimal digits: 128 bits, so that no two people share one."""
PERSON = "person/"
"""Who is of the organisation is the same person in every system."""


def pseudonym(key: str, identity: str) -> str:
    """Answers the pseudonym of an identity: `person/ann`, or the user of a system, `shop:ann@example.org`.

    The hash is nested (as in HMAC), so that nothing can be appended to an identity without the key.
    """
    inner = sha256((key + identity).encode()).hexdigest()
    return sha256((key + inner).encode()).hexdigest()[:LENGTH]
