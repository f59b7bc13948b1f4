"""What a new organisation begins with."""

from __future__ import annotations

ORGANIZATION_NAME = "My business"
OWNER_NAME = "Owner"
INVOICE_NUMBER_PATTERN = "INV-{yyyy}-{number:4}"
ROUNDING_MINUTES = 15
ROUNDING_MODE = "up"
ROUNDING_PER = "entry"

PLAN = "self_hosted"
"""What programs are told that ask for a plan: there are none, and nothing is held back."""
