"""Month's end over REST: from what is unbilled to invoices that are sent, and who owes what.

    export HOURSMITH_URL=https://hours.example HOURSMITH_TOKEN=hsk_…
    python examples/month_end_over_rest.py
    python examples/month_end_over_rest.py --send

The first makes drafts of last month's work, to be looked at; the second issues those that it makes.
A draft is exactly what its preview showed, or is refused. --month 2026-10 takes another month.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from rest import Api, Refused


def bill(api: Api, client: Mapping[str, Any], month: str, *, send: bool) -> str:
    """Bill one client's month, and return what to say of it."""
    shown = api.post("invoices/preview", clientId=client["clientId"], period=month)
    invoice = api.post("invoices", key=f"draft {shown['proposal']}", proposal=shown["proposal"])
    if not send:
        return f"drafted {invoice['id']}, {invoice['total']} {invoice['currency']}"
    path = f"invoices/{invoice['id']}/send"
    sent = api.post(path, key=f"send {invoice['id']}")
    return f"sent {sent['number']}, {sent['total']} {sent['currency']}, due {sent['dueDate']}"


def main() -> bool:
    """Bill every client's month, and show what is owed; says whether all went well."""
    last_month = date.today().replace(day=1) - timedelta(days=1)
    parser = ArgumentParser(description="Bill a month over REST.")
    parser.add_argument("--month", default=f"{last_month:%Y-%m}", help="The month, as 2026-10.")
    parser.add_argument("--send", action="store_true", help="Issue what is drafted.")
    options = parser.parse_args()
    api = Api(run=f"month-end {options.month}")
    went_well = True
    for client in api.get("unbilled", period=options.month)["clients"]:
        try:
            said = bill(api, client, options.month, send=options.send)
        except Refused as refused:
            said, went_well = f"not billed: {refused}", False
        print(f"{client['client']}: {said}")
    for invoice in api.pages("invoices/unpaid"):
        owed = f"{invoice['amountDue']} {invoice['currency']}"
        print(f"{invoice['billToName']} owes {owed} on {invoice['number']}, {invoice['dueDate']}")
    return went_well


if __name__ == "__main__":
    try:
        sys.exit(0 if main() else 1)
    except Refused as refused:
        sys.exit(str(refused))
