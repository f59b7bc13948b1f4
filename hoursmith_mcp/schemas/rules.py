"""Rules of what comes again, by their parts, as programs give them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hoursmith_mcp.core.schedule_words import parse_end
from hoursmith_mcp.core.schedules import Frequency, Rule
from hoursmith_mcp.schemas.given import Given


class Every(Given):
    """A rule by its parts."""

    frequency: Annotated[
        Literal["daily", "weekly", "monthly", "quarterly", "yearly"],
        Field(description="What it counts in."),
    ]
    interval: Annotated[int, Field(description="Every so many of them.")] = 1
    weekday: Annotated[int, Field(description="0 (Monday) to 6 (Sunday).")] | None = None
    day: Annotated[int, Field(description="Of the month, 1 to 31; -1 is the last.")] | None = None
    ordinal: (
        Annotated[int, Field(description="Which such weekday of the month; -1 is the last.")] | None
    ) = None
    month: Annotated[int, Field(description="1 to 12, of a yearly one.")] | None = None
    until: Annotated[str, Field(description="The last day, as 2027-06-30.")] | None = None
    times: Annotated[int, Field(description="How many, instead of until.")] | None = None

    def rule(self) -> Rule:
        """Return the rule; raises Refusal for what names no day."""
        parts = self.model_dump(exclude={"frequency", "until"})
        until = parse_end(self.until) if self.until else None
        return Rule(Frequency(self.frequency), **parts, until=until)
