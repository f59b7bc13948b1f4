"""What reports must say, worked out by hand from a random house and from the rows that it left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from billing_oracle import half_away, oracle_lines, spread
from random_houses import DECIMALS, Client, Entry, House, Project
from rows import Rows

Group = tuple[str | None, ...]
"""What a row is of, in the order of the grouping, and its currency at the end."""

Truth = dict[Group, dict[str, Fraction]]
"""Measures by group: hours in hours, amounts in the currency's unit."""

AGES = ("current", "days_1_to_30", "days_31_to_60", "days_61_to_90", "days_over_90")


@dataclass
class Told:
    """A house, all its rows, and the day that it is."""

    house: House
    rows: Mapping[str, Rows]
    today: date

    @property
    def entries(self) -> list[tuple[Client, Entry]]:
        """All time that was logged, with whose it is."""
        return [(client, entry) for client in self.house.clients for entry in client.entries]

    def names(self, table: str) -> dict[str, str]:
        """Return what the things of a table are called, by id."""
        return {row["id"]: row["name"] for row in self.rows[table]}


def age(day: str, today: date) -> str:
    """Return the age of what is of a day."""
    days = (today - date.fromisoformat(day)).days
    return AGES[sum(days > end for end in (0, 30, 60, 90))]


def keys_of(client: Client, entry: Entry) -> dict[str, str | None]:
    """Return what an entry can be grouped by."""
    day = date.fromisoformat(entry.day)
    return {
        "client": client.name,
        "project": entry.project.name,
        "task": entry.task.name if entry.task is not None else None,
        "member": entry.member,
        "tag": None,
        "day": entry.day,
        "week": (day - timedelta(days=day.weekday())).isoformat(),
        "month": entry.day[:7],
    }


def true_time(told: Told, groupings: Sequence[str], first: str, last: str) -> Truth:
    """Add up hours by hand."""
    found: Truth = defaultdict(lambda: defaultdict(Fraction))
    billable = {row["id"]: bool(row["billable"]) for row in told.rows["time_entry"]}
    for client, entry in told.entries:
        if first <= entry.day <= last:
            keys = keys_of(client, entry)
            group = found[(*(keys[one] for one in groupings), None)]
            group["hours"] += Fraction(entry.seconds, 3600)
            group["billable_hours"] += Fraction(entry.seconds * billable[entry.id], 3600)
    return found


def true_unbilled(told: Told, groupings: Sequence[str]) -> Truth:
    """Share each line that would be billed over its entries, and add those up by hand."""
    found: Truth = defaultdict(lambda: defaultdict(Fraction))
    for client in told.house.clients:
        entries = {entry.id: entry for entry in client.entries if not entry.is_billed}
        worked = told.house.worked(client, list(entries.values()))
        unit = 10**client.decimals
        for line in oracle_lines(worked, ("project", "task"), client.decimals):
            for entry_id, _, minor in line.parts:
                entry = entries[entry_id]
                group = _group(found, client, keys_of(client, entry), groupings)
                group["hours"] += Fraction(entry.seconds, 3600)
                group["amount"] += Fraction(minor, unit)
                group[age(entry.day, told.today)] += Fraction(minor, unit)
        for entry in told.house.unpriced(client, list(entries.values())):
            group = _group(found, client, keys_of(client, entry), groupings)
            group["hours"] += Fraction(entry.seconds, 3600)
            group["hours_without_rate"] += Fraction(entry.seconds, 3600)
        _add_fees(told, found, client, groupings, entries)
    return found


def _add_fees(
    told: Told,
    found: Truth,
    client: Client,
    groupings: Sequence[str],
    entries: Mapping[str, Entry],
) -> None:
    billable = {row["id"]: bool(row["billable"]) for row in told.rows["time_entry"]}
    for project in client.projects:
        if project.fee and not project.fee_is_charged:
            keys = {"client": client.name, "project": project.name}
            group = _group(found, client, keys, groupings)
            for name in ("amount", "fees"):
                group[name] += Fraction(project.fee, 10**client.decimals)
    for entry in entries.values():
        if entry.project.rate_type == "FIXED" and billable[entry.id]:
            group = _group(found, client, keys_of(client, entry), groupings)
            group["hours_under_fee"] += Fraction(entry.seconds, 3600)


def _group(
    found: Truth, client: Client, keys: Mapping[str, str | None], groupings: Sequence[str]
) -> dict[str, Fraction]:
    return found[(*(keys.get(one) for one in groupings), client.currency)]


def true_revenue(told: Told, groupings: Sequence[str], first: str, last: str) -> Truth:
    """Add up invoices and payments by hand."""
    found: Truth = defaultdict(lambda: defaultdict(Fraction))
    clients = told.names("client")
    client_of = {row["id"]: row["client_id"] for row in told.rows["invoice"]}
    for row in told.rows["invoice"]:
        if row["number"] and row["status"] != "CANCELLED" and first <= row["issue_date"] <= last:
            keys = {"client": clients[row["client_id"]], "month": row["issue_date"][:7]}
            group = found[(*(keys[one] for one in groupings), row["currency"])]
            group["issued"] += _amount(row["total"], row)
            group["issued_before_tax"] += _amount(row["lines_total"] - row["discount"], row)
    for row in told.rows["payment"]:
        if row["voided_at"] is None and first <= row["received_on"] <= last:
            keys = {
                "client": clients[client_of[row["invoice_id"]]],
                "month": row["received_on"][:7],
            }
            group = found[(*(keys[one] for one in groupings), row["currency"])]
            group["received"] += _amount(row["amount"], row)
    return found


def true_receivables(told: Told) -> Truth:
    """Age what is due by hand."""
    found: Truth = defaultdict(lambda: defaultdict(Fraction))
    clients = told.names("client")
    for row in told.rows["invoice"]:
        due = row["total"] - row["paid"]
        if row["status"] == "SENT" and due > 0:
            group = found[clients[row["client_id"]], row["currency"]]
            group["amount"] += _amount(due, row)
            group[age(row["due_date"], told.today)] += _amount(due, row)
    return found


def true_profitability(told: Told, first: str, last: str) -> Truth:
    """Add up what projects took and brought by hand, by their ids, as names come twice."""
    found: Truth = defaultdict(lambda: defaultdict(Fraction))
    billable = {row["id"]: bool(row["billable"]) for row in told.rows["time_entry"]}
    for client, entry in told.entries:
        if first <= entry.day <= last:
            group = found[entry.project.id, client.currency]
            group["hours"] += Fraction(entry.seconds, 3600)
            group["billable_hours"] += Fraction(entry.seconds * billable[entry.id], 3600)
    project_of = {entry.id: entry.project.id for _, entry in told.entries}
    for row in told.rows["invoice"]:
        if row["number"] and row["status"] != "CANCELLED" and first <= row["issue_date"] <= last:
            parts = _by_project(told, row["id"], project_of)
            places = sorted(parts, key=lambda one: one or "")
            off = spread(row["discount"], [parts[one] for one in places])
            for place, less in zip(places, off, strict=True):
                found[place, row["currency"]]["revenue"] += _amount(parts[place] - less, row)
    for client in told.house.clients:
        for project in client.projects:
            if project.fee:
                group = found[project.id, client.currency]
                group["fee"] = Fraction(project.fee, 10**client.decimals)
                group["fee_spent"] = _worth(told, client, project, billable, last)
    return found


def _by_project(
    told: Told, invoice_id: str, project_of: Mapping[str, str]
) -> dict[str | None, int]:
    """Return what each project has of an invoice before its discount."""
    parts: dict[str | None, int] = defaultdict(int)
    claims = [row for row in told.rows["billing_claim"] if row["invoice_id"] == invoice_id]
    for line in told.rows["invoice_line"]:
        if line["invoice_id"] != invoice_id:
            continue
        if line["kind"] != "time":
            parts[line["project_id"]] += line["amount"]
        for claim in claims if line["kind"] == "time" else ():
            if claim["line_id"] == line["id"]:
                parts[project_of[claim["subject_id"]]] += claim["amount"]
    return parts


def _worth(
    told: Told, client: Client, project: Project, billable: Mapping[str, bool], last: str
) -> Fraction:
    worth = sum(
        (told.house.rate_of(client, entry) or Fraction(0)) * entry.seconds / 3600
        for entry in client.entries
        if entry.project is project and entry.day <= last and billable[entry.id]
    )
    unit = 10**client.decimals
    return Fraction(half_away(Fraction(worth) * unit), unit)


def true_working_time(told: Told, kind: str, first: date, last: date) -> Truth:
    """Compare by hand what each member logged with eight hours on each weekday."""
    found: Truth = defaultdict(lambda: defaultdict(Fraction))
    billable = {row["id"]: bool(row["billable"]) for row in told.rows["time_entry"]}
    for member in {row["name"] for row in told.rows["member"]}:
        own = [entry for _, entry in told.entries if entry.member == member]
        inside = [one for one in own if first <= date.fromisoformat(one.day) <= last]
        since = min([date.fromisoformat(one.day) for one in inside] + [told.today])
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            ones = [one for one in inside if one.day == day.isoformat()]
            hours = Fraction(sum(one.seconds for one in ones), 3600)
            expected = Fraction(8 if day.weekday() < 5 and since <= day <= told.today else 0)
            if kind == "utilisation" and (hours or expected):
                group = found[member, None]
                group["hours"] += hours
                billed = sum(one.seconds * billable[one.id] for one in ones)
                group["billable_hours"] += Fraction(billed, 3600)
                group["expected_hours"] += expected
            if kind == "gaps" and hours < expected and day < told.today:
                group = found[member, day.isoformat(), None]
                group |= {"hours": hours, "expected_hours": expected, "thin_days": Fraction(1)}
                group["missing_hours"] = expected - hours
    return found


def _amount(minor: int, row: Mapping[str, Any]) -> Fraction:
    return Fraction(minor, 10 ** DECIMALS[row["currency"]])
