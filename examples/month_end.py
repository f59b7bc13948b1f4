"""Month's end: preview every client's unbilled work of last month, and draft the invoices.

    uv run --no-dev python examples/month_end.py hoursmith.db --dry-run
    uv run --no-dev python examples/month_end.py hoursmith.db --ask

With --ask each draft is made once you say y; --month 2026-10 takes another month. A draft claims
its hours, so nothing is made twice, even by two runs at once. Where work changes between the
preview and the draft, nothing is made of the old preview, and a new one is shown.
"""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from datetime import date, timedelta
from typing import Any

from hoursmith_mcp.errors import Conflict, HoursmithError
from hoursmith_mcp.toolkit import Toolkit

ATTEMPTS = 3


async def bill_all(kit: Toolkit, options: Namespace) -> bool:
    """Go through the clients with unbilled work; says whether all went well."""
    unbilled = await kit.call("list_unbilled", period=options.month)
    names = [one["client"] for one in unbilled["clients"]]
    print(f"{unbilled['period']}: {', '.join(names) or 'nothing'} to bill.")
    went_well = True
    for client in unbilled["clients"]:
        print(f"\n{client['client']}")
        try:
            await bill(kit, client["client_id"], options)
        except HoursmithError as error:
            print(f"  Not drafted: {error.message}")
            went_well = False
    return went_well


async def bill(kit: Toolkit, client: str, options: Namespace) -> None:
    """Preview a client's month and make the draft, of a new preview where the work has changed."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            proposed = await kit.call("preview_invoice", client=client, period=options.month)
            show(proposed)
            if not options.dry_run and (not options.ask or await said_yes()):
                draft = await kit.call("create_invoice", proposal=proposed["proposal"])
                print(f"  Drafted as {draft['id']}.")
            return
        except Conflict as conflict:
            left = await kit.call("list_unbilled", client=client, period=options.month)
            if not left["clients"]:
                print("  It was billed meanwhile.")
                return
            if conflict.difference is None or attempt == ATTEMPTS:
                raise
            for one in conflict.difference:
                print(f"  Changed meanwhile: {one['what']}, {one['was']}, is {one['now']}.")


def show(proposed: dict[str, Any]) -> None:
    """Print a preview."""
    for line in proposed["lines"]:
        quantity = f"{line['quantity']} {line['unit']} × {line['unit_price']}"
        print(f"  {line['description']:<40} {quantity:>24} {line['amount']:>12}")
    print(f"  Tax {proposed['tax']}, total {proposed['total']} {proposed['currency']}.")
    for warning in proposed.get("warnings", []):
        print(f"  Note: {warning}")


async def said_yes() -> bool:
    """Ask whether to make the draft."""
    print("  Make this draft? y or n:", flush=True)
    answer: str = await asyncio.to_thread(sys.stdin.readline)
    return answer.strip().lower() == "y"


async def main() -> bool:
    """Read the options and bill the month; the run's name is in the activity of all it does."""
    last_month = date.today().replace(day=1) - timedelta(days=1)
    parser = ArgumentParser(description="Draft the invoices of a month.")
    parser.add_argument("database", help="A SQLite file, or the URL of a database.")
    parser.add_argument("--dry-run", action="store_true", help="Only show the previews.")
    parser.add_argument("--ask", action="store_true", help="Ask before each draft.")
    parser.add_argument("--month", default=f"{last_month:%Y-%m}", help="The month, as 2026-10.")
    options = parser.parse_args()
    token = os.environ.get("HOURSMITH_TOKEN", "")
    run = f"month-end {options.month}"
    async with Toolkit.open(options.database, token=token, run=run) as kit:
        return await bill_all(kit, options)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main()) else 1)
