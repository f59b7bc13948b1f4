"""The demo's conversation, for whoever holds it: the demo, and every client it is tried with.

Other clients load this file alone, where nothing of ours is installed: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answered:
    """A field of what a tool was last answered with."""

    tool: str
    field: str


@dataclass(frozen=True)
class Turn:
    """What a person says, the call an assistant makes of it, and what it tells of the answer."""

    said: str
    tool: str
    arguments: dict[str, Any]  # Those that are Answered come from answers before.
    holds: dict[str, Any]  # Fields of the answer, on whatever day; None where it has no such field.
    told: Callable[[dict[str, Any]], str]

    def given(self, answers: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Return the arguments of the call, after the last answers of each tool."""
        return {
            name: answers[value.tool][value.field] if isinstance(value, Answered) else value
            for name, value in self.arguments.items()
        }

    def broken(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return those fields of the answer that are not what must hold."""
        return {
            name: answer.get(name)
            for name, value in self.holds.items()
            if answer.get(name) != value
        }


CONVERSATION = (
    Turn(
        "I'm setting up. We are Studio Lovelace, in Berlin, and bill in euros at 80 an hour, plus "
        "19 % VAT, due in 14 days.",
        "set_up",
        {
            "name": "Studio Lovelace",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "hourly_rate": "80",
            "address": "Torstraße 1, 10119 Berlin",
            "default_tax_rate": "19",
            "payment_terms": 14,
        },
        {"name": "Studio Lovelace", "default_currency": "EUR", "time_zone": "Europe/Berlin"},
        lambda data: (
            f"{data['name']} is set up: {data['default_currency']}, {data['time_zone']}, "
            f"billed time rounded {data['rounding']}."
        ),
    ),
    Turn(
        "New client: Acme, 1 Canyon Road.",
        "create_client",
        {"name": "Acme", "currency": "EUR", "billing_address": "1 Canyon Road"},
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
        "What do we have going with Acme?",
        "find",
        {"query": "acme"},
        {"query": "acme", "more": False},
        lambda data: ", ".join(f"{one['kind']} {one['name']}" for one in data["results"]) + ".",
    ),
    Turn(
        "What is still unbilled?",
        "list_unbilled",
        {},
        {"totals": [{"currency": "EUR", "total": "395.68"}], "warnings": []},
        lambda data: "\n".join(
            f"{one['client']}: {one['hours']} h in {one['entries']} entries, {one['subtotal']} + "
            f"{one['tax']} tax = {one['total']} {one['currency']}."
            for one in data["clients"]
        ),
    ),
    Turn(
        "Show me an invoice for it.",
        "preview_invoice",
        {"client": "acme"},
        {"subtotal": "332.50", "tax": "63.18", "total": "395.68", "entries": 2},
        lambda data: "\n".join(
            [
                *(
                    f"{line['description']}: {line['quantity']} {line['unit']} × "
                    f"{line['unit_price']} = {line['amount']} {data['currency']}"
                    for line in data["lines"]
                ),
                f"Plus {data['tax']} tax: {data['total']} {data['currency']}. Shall I make it?",
            ]
        ),
    ),
    Turn(
        "Yes.",
        "create_invoice",
        {"proposal": Answered("preview_invoice", "proposal")},
        {"status": "DRAFT", "total": "395.68", "number": None},
        lambda data: f"The draft is there: {data['total']} {data['currency']}, not sent yet.",
    ),
    Turn(
        "Send it.",
        "send_invoice",
        {"invoice": Answered("create_invoice", "id")},
        {"number": None},
        lambda data: f"That would: {data['would']} Shall I?",
    ),
    Turn(
        "Yes, do.",
        "send_invoice",
        {
            "invoice": Answered("create_invoice", "id"),
            "confirm": Answered("send_invoice", "confirm"),
        },
        {"status": "SENT", "amount_due": "395.68", "would": None},
        lambda data: (
            f"{data['number']} of {data['issue_date']}, due {data['due_weekday']} "
            f"{data['due_date']}. {data['warnings'][0]}"
        ),
    ),
    Turn(
        "They paid 300 of it.",
        "record_payment",
        {"invoice": Answered("send_invoice", "number"), "amount": "300"},
        {"amount": "300.00"},
        lambda data: (
            f"{data['amount']} {data['currency']} recorded; {data['invoice']['amount_due']} "
            f"{data['currency']} of {data['invoice']['number']} is still due."
        ),
    ),
    Turn(
        "Who owes us money?",
        "list_unpaid_invoices",
        {},
        {"next_cursor": None},
        lambda data: "\n".join(
            f"{one['bill_to_name']}: {one['amount_due']} {one['currency']} on {one['number']}, "
            f"due {one['due_date']}."
            for one in data["invoices"]
        ),
    ),
    Turn(
        "And how did that invoice come about?",
        "explain_amount",
        {"invoice": Answered("send_invoice", "number")},
        {"total": "395.68", "currency": "EUR"},
        lambda data: data["text"],
    ),
    Turn(
        "Where do we stand?",
        "overview",
        {},
        {
            "organization": "Studio Lovelace",
            "today_hours": "2",
            "timer": None,
            "missing": [],
            "unbilled": [],
            "owed": [{"currency": "EUR", "due": "95.68", "overdue": "0.00"}],
        },
        lambda data: (
            f"Today is {data['weekday']} {data['today']} in {data['time_zone']}. "
            f"{data['today_hours']} h today, {data['week_hours']} h this week; "
            + ("no timer is running. " if "timer" not in data else "a timer is running. ")
            + f"Nothing is unbilled, {data['owed'][0]['due']} EUR is owed."
        ),
    ),
)
