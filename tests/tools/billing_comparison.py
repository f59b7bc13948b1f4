"""What the product answers, held against the truth and against the rules of the trade."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from billing_oracle import half_away
from billing_records import Bill, BilledLine, Client, Invoice
from billing_truth import Truth
from houses import Clock, InProcess, Refused
from sqlalchemy import select

from hoursmith_mcp.store.diagnosis import diagnose
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tables import Table

Shown = list[tuple[str, Fraction, Fraction, Fraction, Fraction, int]]


@dataclass
class ComparedHouse:
    """A house, and the truth about it."""

    door: InProcess
    clock: Clock
    database_url: str
    truth: Truth = field(default_factory=Truth)

    async def refuses(self, code: str | set[str], operation: str, /, **given: Any) -> None:
        """Make a call that must be refused with that code, or one of those, and no other."""
        try:
            answer = await self.door.call(operation, **given)
        except Refused as refusal:
            found = refusal
        else:
            raise AssertionError(f"{operation} {given} should be refused, and answered {answer}")
        expected = {code} if isinstance(code, str) else code
        assert found.code in expected, (operation, given, dict(found.error))

    async def see_invoice(self, invoice: Invoice) -> None:
        """Compare one invoice."""
        if invoice.deleted:
            await self.refuses("not_found", "get_invoice", invoice=invoice.id)
        else:
            self.compare(invoice, await self.door.call("get_invoice", invoice=invoice.id))

    def compare(self, invoice: Invoice, answer: Any) -> None:
        """Compare all that an answer says of an invoice."""
        client = invoice.client
        shown = (
            answer["id"],
            answer["status"],
            answer.get("number"),
            answer.get("issue_date"),
            answer.get("due_date"),
            answer.get("payment_terms"),
            answer.get("bill_to_address"),
            Fraction(answer["amount_paid"]),
            Fraction(answer["amount_due"]),
            {one["id"]: Fraction(one["amount"]) for one in answer["payments"]},
        )
        assert shown == (
            invoice.id,
            invoice.status,
            invoice.number,
            invoice.issue_date,
            invoice.due_date,
            invoice.bill.terms_days,
            invoice.bill.address,
            client.money(invoice.paid),
            client.money(invoice.due),
            {one: client.money(minor) for one, minor in invoice.payments.items()},
        )
        compare_bill(client, invoice.bill, answer)

    async def see_lists(self) -> None:
        """Compare what is unbilled and what is unpaid."""
        await self._see_unbilled()
        await self._see_unpaid()

    async def see_everything(self) -> None:
        """Compare all there is, the rows of claims included."""
        await self.see_lists()
        for invoice in self.truth.invoices:
            await self.see_invoice(invoice)
        await self._see_claims()

    async def is_sound(self) -> None:
        """See that the doctor finds nothing."""
        assert await diagnose(self.database_url) == []

    async def _see_unbilled(self) -> None:
        answer = await self.door.call("list_unbilled", lines=True)
        shown = {one["client_id"]: one for one in answer["clients"]}
        for client in self.truth.clients.values():
            entries, fees = self.truth.open_entries(client), self.truth.open_fees(client)
            if not entries and not fees:
                assert client.id not in shown
                continue
            assert client.id in shown
            one = shown.pop(client.id)
            assert (one["entries"], one.get("fees", 0)) == (len(entries), len(fees))
            bill = self.truth.bill(client, entries, fees)
            assert bill is not None
            assert shown_lines(one["lines"]) == expected_lines(client, bill.lines)
            money = (bill.totals.lines, bill.totals.tax, bill.totals.total)
            named = [Fraction(one[name]) for name in ("subtotal", "tax", "total")]
            assert named == [client.money(minor) for minor in money]
        assert not shown

    async def _see_unpaid(self) -> None:
        answer = await self.door.call("list_unpaid_invoices", limit=200)
        unpaid = [one for one in self.truth.invoices if one.status == "SENT"]
        unpaid.sort(key=lambda one: (one.due_date, one.id))
        shown = [(one["id"], Fraction(one["amount_due"])) for one in answer["invoices"]]
        assert shown == [(one.id, one.client.money(one.due)) for one in unpaid[:200]]
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for invoice in unpaid:
            sums[invoice.client.currency] += invoice.client.money(invoice.due)
        assert {one["currency"]: Fraction(one["due"]) for one in answer["receivables"]} == sums

    async def _see_claims(self) -> None:
        """Compare the rows: what is claimed, by which invoice, and what carries a line."""
        tables = Table.metadata.tables

        async def unit(session: Session) -> list[list[Any]]:
            wanted = (tables["billing_claim"], tables["time_entry"], tables["project"])
            return [list(await session.unscoped(select(one))) for one in wanted]

        claims, entries, projects = await (await self.door.runtime.database()).read(unit)
        live = [one for one in claims if one.released_at is None]
        assert len({one.subject_id for one in live}) == len(live)
        assert {
            one.subject_id: (one.invoice_id, one.raw_seconds, one.billed_seconds, one.amount)
            for one in live
        } == self.truth.claims()
        marked = {one.id for one in entries if one.line_id is not None}
        marked |= {one.id for one in projects if one.fee_line_id is not None}
        assert marked == self.truth.claims().keys()
        billable = {one.id for one in entries if one.billable and one.deleted_at is None}
        counted = [
            *(one.id for client in self.truth.clients.values() for one in self._open(client)),
            *(one.subject_id for one in live if one.subject_kind == "entry"),
        ]
        fixed = {one.id for one in projects if one.rate_type == "FIXED"}
        by_fee = [one.id for one in entries if one.id in billable and one.project_id in fixed]
        assert sorted([*counted, *by_fee]) == sorted(billable)

    def _open(self, client: Client) -> list[Any]:
        return list(self.truth.open_entries(client))


def compare_bill(client: Client, bill: Bill, answer: Any) -> None:
    """Compare the lines and sums of an answer, and see that they are right in themselves."""
    totals = bill.totals
    assert shown_lines(answer["lines"]) == expected_lines(client, bill.lines)
    minor = (totals.lines, totals.discount, totals.tax, totals.total)
    names = ("subtotal", "discount_amount", "tax", "total")
    assert [Fraction(answer[name]) for name in names] == [client.money(one) for one in minor]
    groups = [
        tuple(Fraction(one[name]) for name in ("tax_rate", "net", "tax"))
        for one in answer["tax_groups"]
    ]
    assert sorted(groups) == sorted(
        (rate, client.money(net), client.money(tax))
        for (_, rate), (net, tax) in totals.taxes.items()
    )
    hold_the_rules(client, answer)


def hold_the_rules(client: Client, answer: Any) -> None:
    """See that an answer adds up, by what it says itself: each line and each tax rounded once."""
    scale = 10**client.decimals
    for line in answer["lines"]:
        if line["kind"] != "fee":
            exact = Fraction(line["quantity"]) * Fraction(line["unit_price"])
            assert Fraction(line["amount"]) * scale == half_away(exact * scale)
    for group in answer["tax_groups"]:
        exact = Fraction(group["net"]) * Fraction(group["tax_rate"]) / 100
        assert Fraction(group["tax"]) * scale == half_away(exact * scale)
    subtotal = sum(Fraction(line["amount"]) for line in answer["lines"])
    net = sum(Fraction(group["net"]) for group in answer["tax_groups"])
    tax = sum(Fraction(group["tax"]) for group in answer["tax_groups"])
    assert Fraction(answer["subtotal"]) == subtotal
    assert subtotal - Fraction(answer["discount_amount"]) == net
    assert Fraction(answer["tax"]) == tax
    assert Fraction(answer["total"]) == net + tax


def shown_lines(lines: Any) -> Shown:
    """Return the lines of an answer, in an order of their own."""
    return sorted(
        (
            one["kind"],
            Fraction(one["quantity"]),
            Fraction(one["unit_price"]),
            Fraction(one["amount"]),
            Fraction(one["tax_rate"]),
            one.get("entries", 0),
        )
        for one in lines
    )


def expected_lines(client: Client, lines: Iterable[BilledLine]) -> Shown:
    """Return the lines of the truth, in the same form."""
    return sorted(
        (
            one.kind,
            one.line.quantity,
            one.line.price,
            client.money(one.line.amount),
            one.line.tax,
            len(one.parts) if one.kind == "time" else 0,
        )
        for one in lines
    )
