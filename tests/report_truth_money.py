"""What reports must say of invoices, payments, fees and budgets, found in the rows of a house."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from billing_oracle import half_away, spread
from random_houses import DECIMALS, Client, Project
from report_truth import ALWAYS, Days, Fact, Told, age, hours, is_within
from report_truth_work import facts_of_time, until, worth


def facts_of_revenue(told: Told, days: Days) -> Iterator[Fact]:
    """Tell of each invoice that was issued and stands, and of each payment that came."""
    client_of = {row["id"]: row["client_id"] for row in told.rows["invoice"]}
    for row in _issued(told, days):
        keys = {"client": row["client_id"], "month": row["issue_date"][:7]}
        values = {
            "issued": _amount(row["total"], row),
            "issued_before_tax": _amount(row["lines_total"] - row["discount"], row),
        }
        yield Fact(keys, row["currency"], values)
    for row in told.rows["payment"]:
        if row["voided_at"] is None and is_within(row["received_on"], days):
            keys = {"client": client_of[row["invoice_id"]], "month": row["received_on"][:7]}
            yield Fact(keys, row["currency"], {"received": _amount(row["amount"], row)})


def facts_of_receivables(told: Told) -> Iterator[Fact]:
    """Tell of each invoice of which something is due."""
    for row in told.rows["invoice"]:
        came = row["paid"] - row["refunded"]
        due = row["total"] - came - row["credited"] - row["written_off"]
        if row["status"] == "SENT" and due > 0:
            names = ("amount", age(row["due_date"], told.today))
            values = dict.fromkeys(names, _amount(due, row))
            yield Fact({"client": row["client_id"]}, row["currency"], values)


def facts_of_profitability(told: Told, days: Days, *, with_limits: bool = True) -> list[Fact]:
    """Tell of hours and revenue of a period, and what is used up till then of fees and budgets.

    Of a project that is put away fees and budgets are told only where the period has something
    of it; of what is over with the period before they are not told at all.
    """
    currency_of = {client.id: client.currency for client in told.house.clients}
    found = [
        Fact(one.keys, currency_of[one.keys["client"]], one.values)
        for one in facts_of_time(told, days)
    ]
    found += _facts_of_invoices(told, days)
    touched = {one.keys["project"] for one in found}
    rows = {row["id"]: row for row in told.rows["project"]}
    for client in told.house.clients:
        for project in client.projects if with_limits else ():
            row = rows[project.id]
            if row["status"] == "ACTIVE" or project.id in touched:
                keys = {"client": client.id, "project": project.id}
                values = _limits(told, client, project, row, days)
                if values or project.id in touched:
                    values |= _so_far(told, client, project, days)
                    found.append(Fact(keys, client.currency, values))
    return found


def _facts_of_invoices(told: Told, days: Days) -> Iterator[Fact]:
    project_of = {row["id"]: row["project_id"] for row in told.rows["time_entry"]}
    for row in _issued(told, days):
        parts = _by_project(told, row["id"], project_of)
        places = sorted(parts, key=lambda one: one or "")
        off = spread(row["discount"], [parts[one] for one in places])
        for place, less in zip(places, off, strict=True):
            keys = {"client": row["client_id"], "project": place}
            values = {"revenue": _amount(parts[place] - less, row)}
            yield Fact(keys, row["currency"], values)


def _so_far(told: Told, client: Client, project: Project, days: Days) -> dict[str, Fraction]:
    """Return a project's hours and what was invoiced of it, all up to the end of a period."""
    own = until([one for one in client.entries if one.project is project], days[1])
    revenue = [
        one.values["revenue"]
        for one in _facts_of_invoices(told, (ALWAYS[0], days[1]))
        if one.keys["project"] == project.id
    ]
    return {
        "hours_so_far": hours(sum(one.seconds for one in own)),
        "revenue_so_far": sum(revenue, start=Fraction(0)),
    }


def _limits(
    told: Told, client: Client, project: Project, row: Mapping[str, Any], days: Days
) -> dict[str, Fraction]:
    """Return what is used up of a fee and of budgets from the beginning to the end of a period."""
    own = until([one for one in client.entries if one.project is project], days[1])
    unit = 10**client.decimals
    spent = Fraction(half_away(worth(told, client, own) * unit), unit)
    values: dict[str, Fraction] = {}
    if project.fee:
        values |= {"fee": Fraction(project.fee, unit), "fee_spent": spent}
    if row["budget_amount"]:
        values |= {"budget_amount": Fraction(row["budget_amount"], unit), "budget_spent": spent}
    if row["budget_seconds"]:
        values |= {
            "budget_hours": hours(row["budget_seconds"]),
            "budget_hours_spent": hours(sum(one.seconds for one in own)),
        }
    return values


def _issued(told: Told, days: Days) -> list[Mapping[str, Any]]:
    return [
        row
        for row in told.rows["invoice"]
        if row["number"] and row["status"] != "CANCELLED" and is_within(row["issue_date"], days)
    ]


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


def _amount(minor: int, row: Mapping[str, Any]) -> Fraction:
    return Fraction(minor, 10 ** DECIMALS[row["currency"]])
