"""What hours are worth at the rates of their days, and what each project has of invoices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from hoursmith_mcp.core.durations import SECONDS_PER_HOUR
from hoursmith_mcp.core.money import RATE_SCALE, currency_decimals, divide_half_away
from hoursmith_mcp.core.rates import RateBook
from hoursmith_mcp.core.shares import share


@dataclass(frozen=True)
class Worked:
    """Seconds that a member worked on a day, in a project or a task of it."""

    project_id: str
    client_id: str
    task_id: str | None
    member_id: str
    day: date
    seconds: int
    currency: str | None


def worth_by_project(worked: Iterable[Worked], rates: RateBook) -> dict[str, int]:
    """Return what hours are worth by project, in minor units of their currency, rounded once.

    What no rate covers is worth nothing.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in worked:
        if one.currency is None:
            continue
        rate = rates.resolve(
            currency=one.currency,
            day=one.day,
            project_id=one.project_id,
            client_id=one.client_id,
            task_id=one.task_id,
            member_id=one.member_id,
        )
        sums[one.project_id, one.currency] += one.seconds * (rate.rate if rate is not None else 0)
    return {
        project_id: divide_half_away(
            product * 10 ** currency_decimals(currency), SECONDS_PER_HOUR * RATE_SCALE
        )
        for (project_id, currency), product in sums.items()
    }


@dataclass(frozen=True)
class Invoiced:
    """What a project, or none, has of the lines of an invoice; or of many without a discount.

    `discount` is that of the whole invoice; `invoice_id` is empty where there is none.
    """

    invoice_id: str
    discount: int
    client_id: str
    project_id: str | None
    currency: str
    amount: int


@dataclass(frozen=True)
class Earned:
    """Revenue before tax of a project, or of a client without one."""

    client_id: str
    project_id: str | None
    currency: str
    amount: int


def earned(invoiced: Iterable[Invoiced]) -> list[Earned]:
    """Return revenue with each discount shared over the invoice's projects, by their amounts."""
    found: list[Earned] = []
    by_invoice: dict[str, dict[str | None, list[Invoiced]]] = defaultdict(lambda: defaultdict(list))
    for one in invoiced:
        if one.invoice_id:
            by_invoice[one.invoice_id][one.project_id].append(one)
        else:
            found.append(Earned(one.client_id, one.project_id, one.currency, one.amount))
    for by_project in by_invoice.values():
        in_order = sorted(by_project.items(), key=lambda item: item[0] or "")
        amounts = [sum(one.amount for one in ones) for _, ones in in_order]
        first = in_order[0][1][0]
        for (project_id, _), amount, off in zip(
            in_order, amounts, share(first.discount, amounts), strict=True
        ):
            found.append(Earned(first.client_id, project_id, first.currency, amount - off))
    return found
