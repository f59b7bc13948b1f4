"""The kinds of events (what stands before the dot of their types), and what they bear upon."""

from __future__ import annotations

OPEN_WORK = (
    "client",
    "invoice",
    "organization",
    "project",
    "rate",
    "rounding",
    "task",
    "time_entry",
    "timer",
)
"""After any of them, what could be billed, and for how much, may be different."""

EVERY_KIND = (*OPEN_WORK, "contact", "expense", "member", "payment", "schedule", "token", "webhook")
