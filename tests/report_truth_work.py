"""What reports must say of work, reckoned entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from billing_oracle import oracle_lines
from random_houses import Client, Entry
from report_truth import Days, Fact, Told, age, hours, is_within


def facts_of_time(told: Told, days: Days) -> Iterator[Fact]:
    """Tell of each entry of a period."""
    for client, entry in told.entries:
        if is_within(entry.day, days):
            seconds = entry.seconds
            values = {
                "hours": hours(seconds),
                "billable_hours": hours(seconds * told.billable[entry.id]),
            }
            yield Fact(told.keys_of(client, entry), None, values)


def facts_of_unbilled(told: Told, days: Days) -> Iterator[Fact]:
    """Share each line that would be billed over its entries; tell of what stops others."""
    for client in told.house.clients:
        within = [entry for entry in client.entries if is_within(entry.day, days)]
        yield from _billed(told, client, [entry for entry in within if not entry.is_billed])
        yield from _under_fees(told, client, within)
        if days[0] <= told.today <= days[1]:
            yield from _running(told, client)


def _billed(told: Told, client: Client, entries: Sequence[Entry]) -> Iterator[Fact]:
    by_id = {entry.id: entry for entry in entries}
    worked = told.house.worked(client, entries)
    for line in oracle_lines(worked, ("project", "task"), client.decimals):
        for entry_id, _, minor in line.parts:
            entry, amount = by_id[entry_id], Fraction(minor, 10**client.decimals)
            values = {
                "hours": hours(entry.seconds),
                "amount": amount,
                age(entry.day, told.today): amount,
            }
            yield Fact(told.keys_of(client, entry), client.currency, values)
    for entry in told.house.unpriced(client, entries):
        unpriced = hours(entry.seconds)
        values = {"hours": unpriced, "hours_without_rate": unpriced}
        yield Fact(told.keys_of(client, entry), client.currency, values)


def _under_fees(told: Told, client: Client, entries: Sequence[Entry]) -> Iterator[Fact]:
    """Tell of fees that are not charged yet, whatever the period, and of the hours under them."""
    for project in client.projects:
        if project.fee and not project.fee_is_charged:
            keys = {"client": client.id, "project": project.id}
            fee = Fraction(project.fee, 10**client.decimals)
            values = {"amount": fee, "fees": fee}
            yield Fact(keys, client.currency, values)
    for entry in entries:
        waits = entry.project.rate_type == "FIXED" and not entry.project.fee_is_charged
        if waits and told.billable[entry.id]:
            values = {"hours_under_fee": hours(entry.seconds)}
            yield Fact(told.keys_of(client, entry), client.currency, values)


def _running(told: Told, client: Client) -> Iterator[Fact]:
    for row in told.rows["timer"]:
        if row["billable"] and row["project_id"] in {one.id for one in client.projects}:
            keys = {
                "client": client.id,
                "project": row["project_id"],
                "task": row["task_id"],
                "member": row["member_id"],
                **told.keys_of_day(told.today),
            }
            seconds = (told.now_us - int(row["started_at"])) // 1_000_000
            yield Fact(keys, client.currency, {"running_hours": hours(seconds)})


def worth(told: Told, client: Client, entries: Sequence[Entry]) -> Fraction:
    """Return what billable time is worth at the rates of its days, before any rounding."""
    return sum(
        (
            (told.house.rate_of(client, one) or Fraction(0)) * hours(one.seconds)
            for one in entries
            if told.billable[one.id]
        ),
        start=Fraction(0),
    )


def until(entries: Sequence[Entry], last: date) -> list[Entry]:
    """Return what was worked up to a day."""
    return [one for one in entries if date.fromisoformat(one.day) <= last]
