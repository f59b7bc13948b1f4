"""The demo's conversation, for whoever holds it: the demo, and every client it is tried with.

Other clients load this file alone, where nothing of ours is installed: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Turn:
    """What a person says, the call an assistant makes of it, and what it tells of the answer."""

    said: str
    tool: str
    arguments: dict[str, Any]
    holds: dict[str, Any]  # Fields of the answer, on whatever day; None where it has no such field.
    told: Callable[[dict[str, Any]], str]

    def broken(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return those fields of the answer that are not what must hold."""
        return {
            name: answer.get(name)
            for name, value in self.holds.items()
            if answer.get(name) != value
        }


CONVERSATION = (
    Turn(
        "I'm setting up. We are Studio Lovelace, in Berlin, and we bill in euros at 80 an hour.",
        "set_up",
        {
            "name": "Studio Lovelace",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "hourly_rate": "80",
            "address": "Torstraße 1, 10119 Berlin",
        },
        {"name": "Studio Lovelace", "default_currency": "EUR", "time_zone": "Europe/Berlin"},
        lambda data: (
            f"{data['name']} is set up: {data['default_currency']}, {data['time_zone']}, "
            f"billed time rounded {data['rounding']}."
        ),
    ),
    Turn(
        "New client: Acme Ltd.",
        "create_client",
        {"name": "Acme", "currency": "EUR"},
        {"name": "Acme", "currency": "EUR", "repeated": None},
        lambda data: f"{data['name']} is there. Next you could: {data['available_actions'][0]}.",
    ),
    Turn(
        "They want their website redesigned, at 95 an hour.",
        "create_project",
        {"client": "Acme", "name": "Website redesign", "hourly_rate": "95"},
        {
            "name": "Website redesign",
            "client": "Acme",
            "hourly_rate": "95.00",
            "rate_from": "project",
        },
        lambda data: (
            f"{data['name']} for {data['client']}, at {data['hourly_rate']} {data['currency']} "
            f"an hour (the {data['rate_from']}'s own rate)."
        ),
    ),
    Turn(
        "Log two hours to the Acme redesign for today, homepage sketches.",
        "log_time",
        {"project": "acme redesign", "duration": "2h", "note": "Homepage sketches"},
        {"project": "Website redesign", "duration_seconds": 7200, "repeated": None},
        lambda data: (
            f"{data['duration']} on {data['project']}, {data['weekday']} {data['entry_date']}. "
            f"That day has {data['day_total']}."
        ),
    ),
    Turn(
        "Sorry, did that go through? Log it again to be safe.",
        "log_time",
        {"project": "acme redesign", "duration": "2h", "note": "Homepage sketches"},
        {"project": "Website redesign", "duration_seconds": 7200, "repeated": True},
        lambda data: (
            "It had gone through; I changed nothing."
            if data.get("repeated")
            else "It was logged twice!"
        ),
    ),
    Turn(
        "And yesterday I had an hour and a half of calls with them.",
        "log_time",
        {
            "project": "redesign",
            "duration": "1h30m",
            "date": "yesterday",
            "note": "Calls with the client",
        },
        {"project": "Website redesign", "duration_seconds": 5400, "repeated": None},
        lambda data: f"{data['duration']} on {data['weekday']} {data['entry_date']}.",
    ),
    Turn(
        "What did I do in the last seven days?",
        "list_time_entries",
        {"period": "last 7 days"},
        {"total_entries": 2, "total_hours": "3.5", "billable_hours": "3.5"},
        lambda data: "\n".join(
            [
                *(
                    f"{entry['weekday'][:3]} {entry['entry_date']}  {entry['duration']:>6}  "
                    f"{entry['project']}: {entry['note']}"
                    for entry in data["time_entries"]
                ),
                f"{data['total_hours']} h in all, {data['billable_hours']} h of it billable.",
            ]
        ),
    ),
    Turn(
        "Where do we stand?",
        "overview",
        {},
        {"organization": "Studio Lovelace", "today_hours": "2", "timer": None, "missing": []},
        lambda data: (
            f"Today is {data['weekday']} {data['today']} in {data['time_zone']}. "
            f"{data['today_hours']} h today, {data['week_hours']} h this week; "
            + ("no timer is running." if "timer" not in data else "a timer is running.")
        ),
    ),
)
