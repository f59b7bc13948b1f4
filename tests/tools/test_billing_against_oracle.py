"""Whatever clients, rates and work there are, bills come out as an independent oracle says."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from billing_oracle import OracleLine, OracleTotals, oracle_lines, oracle_totals
from billing_scenes import without_entry_ids
from house_building import build, decimal_text
from houses import FRIDAY_MORNING_US, Clock, InProcess, Refused, open_house
from random_houses import DECIMALS, Client, Entry, House, Project, random_house
from rows import Rows, everything

from hoursmith_mcp.access.actor import Caller
from hoursmith_mcp.runtime import Runtime
from hoursmith_mcp.store.diagnosis import diagnose

pytestmark = pytest.mark.anyio

ENTRY = "te_"
DEFAULT = ("project", "task")
GROUP_KEYS = ("project", "task", "member", "date", "note")
BILLED = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True)
class Chosen:
    """Some of a client's work that is not billed yet, and how a preview is asked for it."""

    entries: list[Entry]
    fees: list[Project]
    asked: dict[str, Any]


@dataclass(frozen=True)
class Expected:
    """What a bill must come to; `totals` is none where its discount must be refused."""

    decimals: int
    lines: list[OracleLine]
    totals: OracleTotals | None

    def money(self, minor: int) -> str:
        """Write an amount as an answer does."""
        return decimal_text(minor, self.decimals)

    def said(self) -> dict[str, Any]:
        """Say the sums as an answer says them."""
        assert self.totals is not None
        return {
            "subtotal": self.money(self.totals.lines),
            "tax": self.money(self.totals.tax),
            "total": self.money(self.totals.total),
        }

    @property
    def subjects(self) -> set[str]:
        """The entries and fees that are billed."""
        return {part[0] for line in self.lines for part in line.parts}


def all_unbilled(client: Client) -> Chosen:
    """Choose all that is not billed."""
    entries = [entry for entry in client.entries if not entry.is_billed]
    fees = [one for one in client.projects if one.fee and not one.fee_is_charged]
    return Chosen(entries, fees, {"client": client.id})


def some_unbilled(chance: random.Random, client: Client) -> Chosen:
    """Choose the work of some days, with all fees; or of a project; or all there is."""
    whole = all_unbilled(client)
    kind = chance.choice(["all", "days", "project", *["day"] * 12])
    charged = [entry for entry in whole.entries if entry.is_charged]
    if kind == "all" or not charged:
        return whole
    if kind == "project":
        project = chance.choice(charged).project
        entries = [entry for entry in whole.entries if entry.project is project]
        fees = [fee for fee in whole.fees if fee is project]
        return Chosen(entries, fees, {**whole.asked, "projects": [project.id]})
    days = sorted(chance.choice(charged).day for _ in range(2))
    first, last = days if kind == "days" else [days[0], days[0]]
    entries = [entry for entry in whole.entries if first <= entry.day <= last]
    return Chosen(entries, whole.fees, {**whole.asked, "from_date": first, "to_date": last})


def expected(
    house: House,
    client: Client,
    chosen: Chosen,
    grouping: Sequence[str] = DEFAULT,
    *,
    off: int | None = None,
    percent: Fraction | None = None,
) -> Expected:
    """Work out what some of a client's work comes to."""
    decimals, tax = client.decimals, house.tax_of(client)
    fees = [
        OracleLine(
            group=(project.id,),
            quantity=Fraction(1),
            price=Fraction(project.fee, 10**decimals),
            amount=project.fee,
            tax=tax,
            category="S" if tax else "Z",
            parts=((project.id, 0, project.fee),),
        )
        for project in chosen.fees
    ]
    times = oracle_lines(house.worked(client, chosen.entries), grouping, decimals)
    lines = [*times, *fees]
    return Expected(decimals, lines, oracle_totals(lines, off=off, percent=percent))


def agree_on_lines(shown: Sequence[Mapping[str, Any]], bill: Expected) -> None:
    """See that lines are those of the oracle, in whatever order."""
    assert Counter(
        (
            Fraction(line["quantity"]),
            Fraction(line["unit_price"]),
            line["amount"],
            Fraction(line["tax_rate"]),
            line.get("entries"),
        )
        for line in shown
    ) == Counter(
        (
            line.quantity,
            line.price,
            bill.money(line.amount),
            line.tax,
            len(line.parts) if line.parts[0][0].startswith(ENTRY) else None,
        )
        for line in bill.lines
    )


def agree_on_totals(shown: Mapping[str, Any], bill: Expected) -> None:
    """See that the sums, the discount and the tax of each rate are those of the oracle."""
    assert bill.totals is not None
    assert {name: shown[name] for name in bill.said()} == bill.said()
    assert shown["discount_amount"] == bill.money(bill.totals.discount)
    assert [
        (Fraction(group["tax_rate"]), group["net"], group["tax"]) for group in shown["tax_groups"]
    ] == [
        (rate, bill.money(net), bill.money(tax))
        for (_, rate), (net, tax) in sorted(bill.totals.taxes.items())
    ]


def agree_on_parts(explanation: Mapping[str, Any], bill: Expected) -> None:
    """See that each entry has the share of its line that the oracle gives it."""
    shown = {
        entry["id"]: (seconds(entry["billed"]), entry["amount"], Fraction(entry["rate"]))
        for line in explanation["lines"]
        for entry in line["entries"]
    }
    assert shown == {
        subject: (billed, bill.money(minor), line.price)
        for line in bill.lines
        for subject, billed, minor in line.parts
        if subject.startswith(ENTRY)
    }
    for line in explanation["lines"]:
        if line["entries"]:
            parts = sum(Fraction(entry["amount"]) for entry in line["entries"])
            assert parts == Fraction(line["amount"])


def seconds(text: str) -> int:
    """Read a duration as answers write it."""
    match = BILLED.fullmatch(text)
    assert match, text
    hours, minutes, left = (int(part or 0) for part in match.groups())
    return (hours * 60 + minutes) * 60 + left


async def billed(
    door: InProcess, house: House, client: Client, chance: random.Random
) -> tuple[str, set[str]] | None:
    """Preview, make and explain a random invoice, if there can be one; return what it bills."""
    if not expected(house, client, all_unbilled(client)).lines and chance.random() < DONE:
        return None
    chosen = some_unbilled(chance, client)
    given, plain = {**chosen.asked}, expected(house, client, chosen)
    without_rate = [entry.id for entry in house.unpriced(client, chosen.entries)]
    if without_rate:
        if chance.random() < REFUSED:
            await is_refused(door, "conflict", **given)
        given["exclude"] = without_rate
    if not plain.lines:
        await is_refused(door, "conflict", **given)
        return None
    group_by = chance.choice([DEFAULT, ("entry",), chance.sample(GROUP_KEYS, 2)])
    off, percent, discount = random_discount(chance, plain)
    wanted = expected(house, client, chosen, group_by, off=off, percent=percent)
    given |= {"group_by": ", ".join(group_by), **discount}
    if wanted.totals is None:
        await is_refused(door, "validation_error", **given)
        return None
    proposed = await door.call("preview_invoice", **given)
    agree_on_lines(proposed["lines"], wanted)
    agree_on_totals(proposed, wanted)
    draft = await door.call("create_invoice", proposal=proposed["proposal"])
    assert [{**line, "id": None} for line in draft["lines"]] == [
        {**line, "id": None} for line in without_entry_ids(proposed["lines"])
    ]
    agree_on_totals(draft, wanted)
    if chance.random() < EXPLAINED:
        agree_on_parts(await door.call("explain_amount", invoice=draft["id"]), wanted)
    for entry in chosen.entries:
        entry.is_billed = entry.id in wanted.subjects
    for project in chosen.fees:
        project.fee_is_charged = True
    return draft["id"], wanted.subjects


ROUNDS = 12
PREVIEWED_EVERY = 2
EXPLAINED = 0.1
REFUSED = 0.1
DONE = 0.95
"""How many of the invoices are explained; what all of them claim is looked at in the rows."""


def random_discount(
    chance: random.Random, plain: Expected
) -> tuple[int | None, Fraction | None, dict[str, str]]:
    """Return an amount, a percentage or neither, and how it is asked for."""
    assert plain.totals is not None
    kind = chance.choice(["none", "percent", "amount", "too much"])
    if kind == "percent":
        percent_e4 = chance.choice([0, 100_000, 333_333, 1_000_000, chance.randrange(1_000_001)])
        text = f"{decimal_text(percent_e4, 4)}%"
        return None, Fraction(percent_e4, 10_000), {"discount": text}
    if kind == "none":
        return None, None, {}
    off = chance.randint(0, plain.totals.lines)
    if kind == "too much" and chance.random() < 0.2:
        off = plain.totals.lines + chance.randint(1, 100)
    return off, None, {"discount": plain.money(off)}


async def is_refused(door: InProcess, code: str, **given: Any) -> None:
    with pytest.raises(Refused) as refused:
        await door.call("preview_invoice", **given)
    assert refused.value.code == code


async def agree_on_what_is_unbilled(door: InProcess, house: House) -> None:
    """See that the list of unbilled work is what previews without a discount say, of all."""
    shown = await door.call("list_unbilled", lines=True)
    by_client = {one["client_id"]: one for one in shown["clients"]}
    sums: dict[str, int] = defaultdict(int)
    for client in house.clients:
        chosen = all_unbilled(client)
        bill, open_entries = expected(house, client, chosen), house.unpriced(client, chosen.entries)
        one = by_client.pop(client.id, None)
        assert (one is None) == (not bill.lines and not open_entries)
        if one is None:
            continue
        assert bill.totals is not None
        agree_on_lines(one["lines"], bill)
        assert {name: one[name] for name in bill.said()} == bill.said()
        assert one["entries"] == len(house.worked(client, chosen.entries)) + len(open_entries)
        assert ("hours_without_rate" in one) == bool(open_entries)
        sums[client.currency] += bill.totals.total
    assert not by_client
    assert {one["currency"]: one["total"] for one in shown["totals"]} == {
        currency: decimal_text(minor, DECIMALS[currency]) for currency, minor in sums.items()
    }


async def agree_on_plain_previews(door: InProcess, house: House) -> None:
    """See that a preview of all that is unbilled of a client says what the list says."""
    for client in house.clients[::PREVIEWED_EVERY]:
        chosen = all_unbilled(client)
        bill = expected(house, client, chosen)
        without_rate = [entry.id for entry in house.unpriced(client, chosen.entries)]
        if bill.lines:
            left_out: dict[str, Any] = {"exclude": without_rate} if without_rate else {}
            shown = await door.call("preview_invoice", **chosen.asked, **left_out)
            listed = await door.call("list_unbilled", client=client.id, lines=True)
            assert without_entry_ids(shown["lines"]) == listed["clients"][0]["lines"]
            agree_on_totals(shown, bill)
            agree_on_parts(await door.call("explain_amount", client=client.id), bill)


async def agree_on_claims(door: InProcess, invoices: Mapping[str, set[str]]) -> None:
    """See that what an invoice claims of its subjects sums to its lines, each subject once."""
    rows = await everything(door.runtime)
    claimed: dict[str, Rows] = defaultdict(list)
    subjects: dict[str, set[str]] = defaultdict(set)
    for claim in rows["billing_claim"]:
        claimed[claim["line_id"]].append(claim)
        subjects[claim["invoice_id"]].add(claim["subject_id"])
    assert subjects == invoices
    for line in rows["invoice_line"]:
        parts = claimed[line["id"]]
        assert sum(claim["amount"] for claim in parts) == line["amount"]
        assert sum(claim["billed_seconds"] for claim in parts) == line["billed_seconds"]


async def agree_about_a_house(door: InProcess, seed: int, clients: int) -> int:
    """Build a random house and bill it in several rounds; return how many invoices there are."""
    house = random_house(seed, clients)
    await build(house, door)
    await agree_on_plain_previews(door, house)
    invoices: dict[str, set[str]] = {}
    for place in range(ROUNDS):
        await agree_on_what_is_unbilled(door, house)
        made = await asyncio.gather(
            *(
                billed(door, house, client, random.Random(f"{seed} {place} {client.name}"))
                for client in house.clients
            )
        )
        invoices |= dict(one for one in made if one is not None)
    await agree_on_what_is_unbilled(door, house)
    await agree_on_claims(door, invoices)
    return len(invoices)


async def test_bills_are_what_the_oracle_says(house: tuple[Runtime, Caller]) -> None:
    assert await agree_about_a_house(InProcess(*house), seed=1, clients=10) > 24


@pytest.mark.ci
async def test_two_thousand_bills_are_what_the_oracle_says(tmp_path: Path) -> None:
    invoices = seed = 0
    while invoices < 2_000:
        seed += 1
        url = f"sqlite+aiosqlite:///{(tmp_path / f'{seed}.db').as_posix()}"
        async with open_house(url, clock=Clock(FRIDAY_MORNING_US)) as (runtime, caller):
            invoices += await agree_about_a_house(InProcess(runtime, caller), seed, clients=80)
        assert await diagnose(url) == []
