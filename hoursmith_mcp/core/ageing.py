"""How long money has been owed: what is due, by the days since it should have come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

Bucket = Literal["current", "1-30", "31-60", "61-90", "91+"]

BUCKETS: Final[tuple[Bucket, ...]] = get_args(Bucket)


@dataclass(frozen=True)
class Receivable:
    """What is due on one invoice, not its total: minor units of a currency, and the due date."""

    currency: str
    due_minor: int
    due_day: date


def bucket(due_day: date, today: date) -> Bucket:
    """Return the bucket of ages, in days after the due date, that money belongs to on a day.

    On the due date and before it the money is "current".
    """
    days = (today - due_day).days
    if days <= 0:
        return "current"
    if days <= 30:
        return "1-30"
    if days <= 60:
        return "31-60"
    if days <= 90:
        return "61-90"
    return "91+"


def aged(items: Iterable[Receivable], today: date) -> dict[str, dict[Bucket, int]]:
    """Sum what is due by currency and bucket, in minor units, every bucket of a currency named.

    Currencies come in the order of their letters and are never summed together.
    """
    by_currency: dict[str, dict[Bucket, int]] = {}
    for item in sorted(items, key=lambda one: one.currency):
        sums = by_currency.setdefault(item.currency, dict.fromkeys(BUCKETS, 0))
        sums[bucket(item.due_day, today)] += item.due_minor
    return by_currency
