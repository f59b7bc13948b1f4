"""Addresses that come in parts, as the lines that an invoice shows."""

from __future__ import annotations

from collections.abc import Mapping

PARTS = (
    "billing_line1",
    "billing_line2",
    "billing_city",
    "billing_region",
    "billing_postal_code",
    "billing_country",
)


def address_of(parts: Mapping[str, str | None]) -> str | None:
    """Return the lines of an address, the town in one of them; None where there is no part."""
    town = ("billing_postal_code", "billing_city", "billing_region")
    lines = [
        parts.get("billing_line1"),
        parts.get("billing_line2"),
        " ".join(part for name in town if (part := parts.get(name))),
        parts.get("billing_country"),
    ]
    return "\n".join(line for line in lines if line) or None
