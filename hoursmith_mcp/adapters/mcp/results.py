"""What every result of the protocol has in common."""

COMPLETE = {"resultType": "complete"}
"""Says in the era of 2026 that nothing more is to come; the other era leaves it out."""
