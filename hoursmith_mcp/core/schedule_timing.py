"""When a schedule comes and which days it bills: what of that is stored, and its next day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.core.billed_days import Billed
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.core.schedule_words import parse_rule
from hoursmith_mcp.core.schedules import Rule, describe_rule, next_due

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Timing:
    """A rule, the first day that counts, minutes after midnight, and what each day bills."""

    rule: Rule
    start: date
    minute: int
    billed: Billed

    @classmethod
    def read(cls, stored: Any) -> Timing:
        """Read what is stored of a schedule."""
        start = date.fromisoformat(stored.start_day)
        return cls(parse_rule(stored.rule), start, stored.minute_of_day, Billed(stored.billed))

    def stored(self) -> dict[str, Any]:
        """Return it as it is stored; what of it has not changed is stored as it was."""
        return {
            "rule": describe_rule(self.rule),
            "start_day": self.start.isoformat(),
            "minute_of_day": self.minute,
            "billed": self.billed.value,
        }

    def next_day(self, zone: ZoneInfo, *, now_us: int, done: str | None = None) -> str:
        """Return the first day that is yet to come, after the last one that was `done`.

        Raises Refusal where there is none.
        """
        first = date.fromisoformat(done) + timedelta(days=1) if done is not None else None
        day = next_due(self.rule, self.start, self.minute, zone, now_us=now_us, first=first)
        if day is None:
            raise Refusal("No day of it is still to come; start it earlier, or let it end later.")
        return day.isoformat()
