"""Unbilled work as figures: each entry's part of the bill that would be made of it, by its age."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from hoursmith_mcp.core.ageing import BUCKETS, bucket
from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import OpenWork, Unpriced, standard_bill
from hoursmith_mcp.core.reports.figures import Figure, Key, Keys, keys_of_day
from hoursmith_mcp.core.reports.kinds import Grouping
from hoursmith_mcp.core.reports.measures import AGES

_NOTHING_YET = dict.fromkeys(("amount", *AGES), 0)


def aged_measures(amount_minor: int, day: date, today: date) -> dict[str, int]:
    """Return an amount and, among the measures of ages, the one that it belongs to on a day."""
    age = AGES[BUCKETS.index(bucket(day, today))]
    return {**_NOTHING_YET, "amount": amount_minor, age: amount_minor}


def unbilled_figures(works: Iterable[OpenWork], today: date) -> Iterator[Figure]:
    """Yield what each entry and each fee has of the bill that open work would come to."""
    for work in works:
        bill = standard_bill(work)
        client = Key(work.client, work.client_id)
        times = {time.id: time for time in work.times}
        fees = {fee.project_id: fee for fee in work.fees}
        for part in (part for line in bill.lines for part in line.parts) if bill else ():
            if part.subject_id in times:
                time = times[part.subject_id]
                values = {
                    "hours": time.seconds,
                    **aged_measures(part.amount_minor, time.day, today),
                }
                yield Figure(_keys(client, time), values, work.currency)
            else:
                project = Key(fees[part.subject_id].project, part.subject_id)
                values = {
                    **_NOTHING_YET,
                    "amount": part.amount_minor,
                    "fees": part.amount_minor,
                }
                yield Figure({"client": client, "project": project}, values, work.currency)
        for one in work.unpriced:
            values = {"hours": one.seconds, "hours_without_rate": one.seconds}
            yield Figure(_keys(client, one), values, work.currency)


def _keys(client: Key, one: BillableTime | Unpriced) -> Keys:
    keys: dict[Grouping, Key] = {
        **keys_of_day(one.day, 0),
        "client": client,
        "project": Key(one.project, one.project_id),
        "member": Key(one.member, one.member_id),
    }
    if one.task_id is not None:
        keys["task"] = Key(one.task or "", one.task_id)
    return keys
