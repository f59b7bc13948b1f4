"""Month's end over REST: from what is unbilled to invoices that are sent, and who owes what.

    export HOURSMITH_URL=https://hours.example HOURSMITH_TOKEN=hsk_…
    uv run --no-dev python examples/month_end_over_rest.py
    uv run --no-dev python examples/month_end_over_rest.py --issue inv_… inv_…

The first makes drafts of last month's work, to be looked at, and names the drafts that wait; the
second issues those that are named. --send drafts and issues in one go; --month 2026-10 takes
another month. A draft is exactly what its preview showed, or is refused.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from rest import Api, Refused


def bill(api: Api, client: Mapping[str, Any], month: str, *, send: bool) -> str:
    """Bill one client's month, and return what to say of it."""
    shown = api.post("invoices/preview", clientId=client["clientId"], period=month)
    invoice = api.post("invoices", key=f"draft {shown['proposal']}", proposal=shown["proposal"])
    if send:
        return issue(api, invoice["id"])
    return f"drafted {invoice['id']}, {invoice['total']} {invoice['currency']}"


def issue(api: Api, draft: str) -> str:
    """Issue a draft, and return what to say of it."""
    sent = api.post(f"invoices/{draft}/send", key=f"send {draft}")
    return f"sent {sent['number']}, {sent['total']} {sent['currency']}, due {sent['dueDate']}"


def bill_all(api: Api, month: str, *, send: bool) -> bool:
    """Bill every client's month; says whether all went well."""
    went_well = True
    clients = api.get("unbilled", period=month)["clients"]
    for client in clients:
        try:
            said = bill(api, client, month, send=send)
        except Refused as refused:
            said, went_well = f"not billed: {refused}", False
        print(f"{client['client']}: {said}")
    if not clients:
        print(f"Nothing to bill in {month}.")
    return went_well


def standing(api: Api) -> Iterator[str]:
    """Yield what to say of each draft that waits, and of each invoice that is owed."""
    for draft in api.pages("invoices", status="DRAFT"):
        total = f"{draft['total']} {draft['currency']}"
        yield f"{draft['billToName']}: {draft['id']} waits, {total}"
    for invoice in api.pages("invoices/unpaid"):
        owed = f"{invoice['amountDue']} {invoice['currency']}"
        yield f"{invoice['billToName']} owes {owed} on {invoice['number']}, {invoice['dueDate']}"


def main() -> bool:
    """Bill a month, or issue what is named, and show what waits; says whether all went well."""
    last_month = date.today().replace(day=1) - timedelta(days=1)
    parser = ArgumentParser(description="Bill a month over REST.")
    parser.add_argument("--month", default=f"{last_month:%Y-%m}", help="The month, as 2026-10.")
    parser.add_argument("--send", action="store_true", help="Issue what is drafted.")
    parser.add_argument("--issue", nargs="+", default=[], help="Only issue these drafts, by id.")
    options = parser.parse_args()
    api = Api(run=f"month-end {options.month}")
    went_well = True
    for draft in options.issue:
        print(f"{draft}: {issue(api, draft)}")
    if not options.issue:
        went_well = bill_all(api, options.month, send=options.send)
    for said in standing(api):
        print(said)
    return went_well


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except Refused as refused:
        sys.exit(str(refused))
