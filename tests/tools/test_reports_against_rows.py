"""Whatever work, bills and payments there are, reports say what adding up the rows by hand says."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from house_building import build
from houses import FRIDAY_MORNING_US, Clock, InProcess, open_house
from random_houses import House, random_house
from report_truth import (
    Group,
    Told,
    Truth,
    true_profitability,
    true_receivables,
    true_revenue,
    true_time,
    true_unbilled,
    true_working_time,
)
from rows import everything

pytestmark = pytest.mark.anyio

TODAY = date(2026, 11, 20)
ISSUE_DAYS = ("2026-02-03", "2026-07-20", "2026-09-01", "2026-10-05", "2026-11-02", "2026-11-20")
BILLED_BY = ("project, task", "task", "date", "member", "entry")
GROUPINGS = ("client", "project", "task", "member", "tag", "day", "week", "month")
HOSTING = {"description": "Hosting", "quantity": "1", "unit_price": "3"}
EVERYTHING = 10_000
TEN_THOUSANDTH = Fraction(1, 10_000)


async def bill_some(chance: random.Random, house: House, door: InProcess) -> None:
    """Issue invoices for some of the work, of days that go on, and take what comes in."""
    days = sorted(chance.choice(ISSUE_DAYS) for _ in house.clients)
    for client, day in zip(house.clients, days, strict=True):
        last = chance.choice(client.entries).day
        entries = [entry for entry in client.entries if entry.day <= last]
        if not house.worked(client, entries) or house.unpriced(client, entries):
            continue
        off = chance.choice([{}, {"discount": "7%"}])
        chosen = {"client": client.id, "to_date": last, "group_by": chance.choice(BILLED_BY)}
        proposed = await door.call("preview_invoice", **chosen, **off)
        draft = await door.call("create_invoice", proposal=proposed["proposal"])
        if chance.random() < 0.5:
            await door.call("update_invoice", invoice=draft["id"], lines=[HOSTING])
        for entry in entries:
            entry.is_billed = entry.is_charged
        for project in client.projects:
            project.fee_is_charged = bool(project.fee)
        given = {"invoice": draft["id"], "issue_date": day}
        asked = await door.call("send_invoice", **given)
        sent = await door.call("send_invoice", **given, confirm=asked["confirm"])
        if Fraction(sent["amount_due"]) > 3 and chance.random() < 0.6:
            received_on = chance.choice(["today", max(day, "2026-11-03")])
            paid = {"invoice": draft["id"], "amount": "3", "received_on": received_on}
            await door.call("record_payment", **paid)


def agree(report: Mapping[str, Any], truth: Truth, groupings: Sequence[str]) -> None:
    """See that a report says what is true, and that its printed parts sum to its printed totals."""
    told: Truth = defaultdict(lambda: defaultdict(Fraction))
    sums: Truth = defaultdict(lambda: defaultdict(Fraction))
    # Things of one name are rows of their own, and each is less than a ten-thousandth off.
    rows_at: Counter[Group] = Counter()
    for row in report["rows"]:
        place = (*(row.get(one) for one in groupings), row.get("currency"))
        rows_at[place] += 1
        for name in _measured(row):
            told[place][name] += Fraction(row[name])
            sums[row.get("currency"),][name] += Fraction(row[name])
    for place in told.keys() | truth.keys():
        for name in {*told[place], *truth[place]}:
            slack = TEN_THOUSANDTH * rows_at[place] if "hours" in name else 0
            assert abs(told[place][name] - truth[place][name]) <= slack, (place, name)
    totals: Truth = defaultdict(lambda: defaultdict(Fraction))
    for row in report["totals"]:
        for name in _measured(row):
            totals[row.get("currency"),][name] = Fraction(row[name])
    assert sums == totals
    exact: Truth = defaultdict(lambda: defaultdict(Fraction))
    for place, values in truth.items():
        for name, value in values.items():
            exact[place[-1],][name] += value
    for place, values in exact.items():
        for name, value in values.items():
            assert abs(totals[place][name] - value) <= TEN_THOUSANDTH / 2, (place, name)


DERIVED = {"billable_share", "effective_rate", "fee_used", "utilisation", "billable_utilisation"}
KEYS = {*GROUPINGS, "client_id", "project_id", "task_id", "user_id", "currency", "others"}


def _measured(row: Mapping[str, Any]) -> list[str]:
    return [name for name in row if name not in KEYS | DERIVED]


async def agree_on_everything(seed: int, database_url: str, *, clients: int = 4) -> None:
    chance = random.Random(seed)
    house = random_house(seed, clients=clients)
    async with open_house(database_url, clock=Clock(FRIDAY_MORNING_US)) as (runtime, caller):
        door = InProcess(runtime, caller)
        await door.call("set_up", your_name="ada", payment_terms=14)
        await build(house, door)
        await bill_some(chance, house, door)
        told = Told(house, await everything(runtime), TODAY)
        first = date(2025, 12, 1) + timedelta(days=chance.randrange(200))
        last = min(first + timedelta(days=chance.randrange(1, 300)), TODAY)
        days = {"from_date": first.isoformat(), "to_date": last.isoformat()}

        async def ask(kind: str, groupings: Sequence[str], **more: Any) -> dict[str, Any]:
            by = ", ".join(groupings)
            given = {"kind": kind, "group_by": by, "limit": EVERYTHING}
            answer: dict[str, Any] = await door.call("report", **given, **more)
            return answer

        iso = (first.isoformat(), last.isoformat())
        for _ in range(3):
            by = chance.sample(GROUPINGS, chance.randint(1, 4))
            agree(await ask("time", by, **days), true_time(told, by, *iso), by)
        for by in (["client"], ["client", "project"], ["client", "member", "month"], ["month"]):
            agree(await ask("unbilled", by), true_unbilled(told, by), by)
        for by in (["month"], ["client"], ["client", "month"]):
            agree(await ask("revenue", by, **days), true_revenue(told, by, *iso), by)
        agree(await ask("receivables", ["client"]), true_receivables(told), ["client"])
        projects = await ask("profitability", ["project"], **days)
        agree(projects, true_profitability(told, *iso), ["project_id"])
        for kind, by in (("utilisation", ["member"]), ("gaps", ["member", "day"])):
            truth = true_working_time(told, kind, first, last)
            agree(await ask(kind, by, **days), truth, by)


async def test_a_house_is_reported_as_its_rows_add_up(database_url: str) -> None:
    await agree_on_everything(3, database_url, clients=1)


@pytest.mark.ci
@pytest.mark.parametrize("seed", range(10, 22))
async def test_whatever_house_there_is_is_reported_as_its_rows_add_up(
    seed: int, sqlite_url: str
) -> None:
    await agree_on_everything(seed, sqlite_url)


@pytest.mark.ci
@pytest.mark.parametrize("seed", range(30, 32))
async def test_so_it_is_on_postgresql(seed: int, founded_postgresql_url: str) -> None:
    await agree_on_everything(seed, founded_postgresql_url)
