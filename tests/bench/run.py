"""Measure how fast we are, as ratios to a floor that is measured in the same run.

    uv run python tests/bench/run.py [row ...] [--rounds 5]

The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

import billing
import lists
import messages
import posts
import reports
import stdio_calls
import stdio_memory
import stdio_start
from measure import Outcome, Pair, Row
from rich.console import Console
from rich.table import Table
from servers import BareSdk, Hoursmith, Served

GROUPS = (stdio_calls, posts, messages, stdio_start, lists, billing, reports, stdio_memory)
ROUNDS = 5
WIDTH = 120  # What the table needs, on a narrow terminal and in a log.


def main() -> int:
    """Run the rows that were asked for."""
    console = Console(width=max(Console().width, WIDTH))
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("rows", nargs="*", metavar="row", help="all of them, when none is named")
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    # Tries the program itself: every ratio should be about 1.
    arguments.add_argument("--floor-as-subject", action="store_true", help=argparse.SUPPRESS)
    asked = arguments.parse_args()

    subject: Served = BareSdk() if asked.floor_as_subject else Hoursmith()
    known = {row.name: row for group in GROUPS for row in group.rows(subject)}
    if unknown := [name for name in asked.rows if name not in known]:
        arguments.error(f"no row {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in asked.rows or known]
    outcomes = [asyncio.run(_run(row, asked.rounds, console)) for row in chosen]
    console.print(_table(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes) else 1


async def _run(row: Row, rounds: int, console: Console) -> Outcome:
    pairs: list[Pair] = []
    for number in range(rounds):
        with console.status(f"{row.name}: round {number + 1} of {rounds}"):
            pairs.append(await row.round(number))
    return Outcome(row, pairs)


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(show_lines=True)
    table.add_column("row", no_wrap=True)
    table.add_column("what")
    for title in ("floor", "subject", "bar", "median ratio", "spread", "verdict"):
        table.add_column(title, justify="right", no_wrap=True)
    for outcome in outcomes:
        row, (low, high) = outcome.row, outcome.spread
        table.add_row(
            row.name,
            row.what,
            f"{outcome.median.floor:.2f} {row.unit}",
            f"{outcome.median.subject:.2f} {row.unit}",
            f"≤ {row.bar:g}" + (f" (goal {row.goal:g})" if row.goal is not None else ""),
            f"{outcome.ratio:.2f}",
            f"{low:.2f}-{high:.2f}",
            _verdict(outcome),
        )
    return table


def _verdict(outcome: Outcome) -> str:
    if not outcome.passed:
        return "[bold red]missed[/]"
    return "[green]goal met[/]" if outcome.reached_goal else "[green]met[/]"


if __name__ == "__main__":
    raise SystemExit(main())
