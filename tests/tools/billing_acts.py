"""What is billed, sent and paid, on the product and on the truth, each answer compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from billing_comparison import compare_bill
from billing_records import (
    NO_DISCOUNT,
    Client,
    Discount,
    Entry,
    Invoice,
    Project,
    Proposal,
)
from billing_scenes import confirmed
from billing_truth import PROPOSAL_LIVES_US
from billing_work_acts import WorkActs


class BillingActs(WorkActs):
    """The billing loop."""

    async def preview(
        self,
        client: Client,
        *,
        projects: Sequence[Project] | None = None,
        exclude: Sequence[Entry | str] = (),
        grouping: Sequence[str] = (),
        discount: Discount = NO_DISCOUNT,
    ) -> Proposal | None:
        """Preview an invoice; none where it must be refused."""
        entries = self.truth.open_entries(client, projects)
        fees = self.truth.open_fees(client, projects)
        given: dict[str, Any] = {"client": client.name}
        if projects is not None:
            given["projects"] = [one.name for one in projects]
        if exclude:
            given["exclude"] = [one if isinstance(one, str) else one.id for one in exclude]
        if grouping:
            given["group_by"] = ", ".join(grouping)
        if discount != NO_DISCOUNT:
            given["discount"] = discount_text(client, discount)
        there: list[Entry | Project] = [*entries, *fees]
        kept = [one for one in entries if not any(_excludes(wish, one) for wish in exclude)]
        charged = [one for one in fees if one.name not in exclude]
        if not all(any(_excludes(wish, one) for one in there) for wish in exclude):
            await self.refuses("validation_error", "preview_invoice", **given)
            return None
        if not kept and not charged:
            await self.refuses("conflict", "preview_invoice", **given)
            return None
        keys = tuple(grouping) or ("project", "task")
        bill = self.truth.bill(client, kept, charged, grouping=keys, discount=discount)
        if bill is None:
            await self.refuses("validation_error", "preview_invoice", **given)
            return None
        answer = await self.door.call("preview_invoice", **given)
        compare_bill(client, bill, answer)
        assert answer["entries"] == len(kept)
        proposal = Proposal(
            id=answer["proposal"],
            client=client,
            bill=bill,
            versions={one.id: one.version for one in kept},
            fees=tuple(charged),
            grouping=keys,
            discount=discount,
            projects=tuple(projects) if projects is not None else None,
            left_out=frozenset({one.id for one in entries} - {one.id for one in kept}),
            expires_us=self.truth.now_us + PROPOSAL_LIVES_US,
        )
        self.truth.proposals.append(proposal)
        return proposal

    async def create(self, proposal: Proposal) -> Invoice | None:
        """Make the draft that was proposed, again as well; none where it must be refused."""
        made = proposal.made
        if made is not None and made.is_live:
            answer = await self.door.call("create_invoice", proposal=proposal.id)
            assert answer["repeated"]
            self.compare(made, answer)
            return made
        expired = proposal.expires_us <= self.truth.now_us
        if made is not None or expired or self.truth.is_stale(proposal):
            # A day after it expired, whatever is changed may sweep away what became no invoice.
            swept = proposal.expires_us + PROPOSAL_LIVES_US <= self.truth.now_us and made is None
            codes = {"conflict", "not_found"} if swept else {"conflict"}
            await self.refuses(codes, "create_invoice", proposal=proposal.id)
            return None
        answer = await self.door.call("create_invoice", proposal=proposal.id)
        invoice = Invoice(
            answer["id"], proposal.client, proposal.bill, proposal.grouping, proposal.discount
        )
        proposal.made = self._added(invoice)
        self.compare(invoice, answer)
        known = {*proposal.versions, *proposal.left_out}
        later = self.truth.open_entries(proposal.client, proposal.projects)
        count = sum(one.id not in known for one in later)
        counted = [int(warning.split()[0]) for warning in answer.get("warnings", [])]
        assert counted == ([count] if count else [])
        return invoice

    async def update_draft(
        self,
        invoice: Invoice,
        *,
        lines: Sequence[tuple[Fraction, Fraction, Fraction | None]] | None = None,
        discount: Discount | None = None,
        terms_days: int | None = None,
    ) -> None:
        """Change a draft's own lines (quantity, price, tax), its discount and its terms."""
        client = invoice.client
        given: dict[str, Any] = {"invoice": invoice.id}
        custom = invoice.lines(custom=True)
        if lines is not None:
            given["lines"] = [_line_argument(*one) for one in lines]
            custom = [self.truth.custom_line(client, *one) for one in lines]
        if discount is not None:
            given["discount"] = discount_text(client, discount)
        if terms_days is not None:
            given["payment_terms"] = terms_days
        if await self._refused_for_status(invoice, "update_invoice", ("DRAFT",), given):
            return
        off = discount if discount is not None else invoice.discount
        everything = (*invoice.lines(custom=False), *custom)
        totals = off.totals(everything)
        if totals is None:
            await self.refuses("validation_error", "update_invoice", **given)
            return
        answer = await self.door.call("update_invoice", **given)
        terms = invoice.bill.terms_days if terms_days is None else terms_days
        invoice.discount = off
        invoice.bill = replace(invoice.bill, lines=everything, totals=totals, terms_days=terms)
        self.compare(invoice, answer)

    async def delete_draft(self, invoice: Invoice) -> None:
        """Delete a draft."""
        if await self._refused_for_status(
            invoice, "delete_invoice", ("DRAFT",), {"invoice": invoice.id}
        ):
            return
        await self.door.call("delete_invoice", invoice=invoice.id)
        invoice.deleted = True
        self.truth.release(invoice)

    async def restore(self, invoice: Invoice) -> None:
        """Bring a draft back that was never issued, if nothing of it has changed."""
        if not self.truth.can_be_restored(invoice):
            await self.refuses("conflict", "restore_invoice", invoice=invoice.id)
            return
        answer = await self.door.call("restore_invoice", invoice=invoice.id)
        invoice.deleted, invoice.status = False, "DRAFT"
        self.truth.take(invoice)
        self.compare(invoice, answer)

    async def duplicate(self, invoice: Invoice) -> None:
        """Make a draft like an invoice, with what is free of its work."""
        given: dict[str, Any] = {"invoice": invoice.id, "allow_duplicate": True}
        if invoice.deleted:
            await self.refuses("not_found", "duplicate_invoice", **given)
            return
        entries, fees = self.truth.carried(invoice)
        custom, discount = invoice.lines(custom=True), invoice.discount
        bill = self.truth.bill(
            invoice.client, entries, fees, grouping=invoice.grouping, others=custom
        )
        if bill is not None and (discount.minor or 0) > bill.totals.lines:
            discount = NO_DISCOUNT
        if bill is not None:
            bill = self.truth.bill(
                invoice.client,
                entries,
                fees,
                grouping=invoice.grouping,
                discount=discount,
                others=custom,
                terms_days=invoice.bill.terms_days,
            )
        if bill is None:
            await self.refuses("conflict", "duplicate_invoice", **given)
            return
        answer = await self.door.call("duplicate_invoice", **given)
        copy = Invoice(answer["id"], invoice.client, bill, invoice.grouping, discount)
        self.compare(self._added(copy), answer)

    async def send(self, invoice: Invoice, back_days: int | None = None) -> None:
        """Issue a draft, today or on another day that the series allows."""
        given = {"invoice": invoice.id}
        if back_days is not None:
            given["issue_date"] = self.truth.day(back_days)
        day = self.truth.day(back_days or 0)
        if await self._refused_for_status(invoice, "send_invoice", ("DRAFT",), given):
            return
        if not invoice.bill.lines:
            await self.refuses("conflict", "send_invoice", **given)
            return
        last = max((one.issue_date or "" for one in self.truth.issued), default="")
        if day < last or day > self.truth.day():
            await self.refuses("validation_error", "send_invoice", **given)
            return
        answer = await confirmed(self.door, "send_invoice", **given)
        self.truth.issued.append(invoice)
        invoice.number = f"INV-{day[:4]}-{len(self.truth.issued):04}"
        assert answer["number"] == invoice.number
        invoice.issue_date = day
        due = date.fromisoformat(day) + timedelta(days=invoice.bill.terms_days or 0)
        invoice.due_date = due.isoformat()
        invoice.bill = replace(invoice.bill, address=invoice.client.address)
        invoice.status = "SENT" if invoice.bill.totals.total else "PAID"

    async def pay(self, invoice: Invoice, minor: int | None) -> None:
        """Record money that came in, or all that is due; never more than that."""
        given: dict[str, Any] = {"invoice": invoice.id, "allow_duplicate": True}
        if minor is not None:
            given["amount"] = invoice.client.text(minor)
        if await self._refused_for_status(invoice, "record_payment", ("SENT",), given):
            return
        if minor is not None and minor > invoice.due:
            await self.refuses("conflict", "record_payment", **given)
            return
        answer = await self.door.call("record_payment", **given)
        invoice.payments[answer["id"]] = invoice.due if minor is None else minor
        invoice.status = "SENT" if invoice.due else "PAID"
        assert answer["invoice"]["status"] == invoice.status

    async def void(self, invoice: Invoice, payment_id: str) -> None:
        """Void a payment; one that was voided before cannot be again."""
        if payment_id not in invoice.payments:
            await self.refuses("conflict", "void_payment", payment=payment_id)
            return
        await self.door.call("void_payment", payment=payment_id)
        del invoice.payments[payment_id]
        invoice.status = "SENT"

    async def cancel(self, invoice: Invoice) -> None:
        """Cancel an invoice that has no payment on it."""
        given = {"invoice": invoice.id}
        cancellable = ("DRAFT", "SENT", "PAID")
        if await self._refused_for_status(invoice, "cancel_invoice", cancellable, given):
            return
        if invoice.payments:
            await self.refuses("conflict", "cancel_invoice", **given)
            return
        if invoice.number is None:
            await self.door.call("cancel_invoice", **given)
        else:
            await confirmed(self.door, "cancel_invoice", **given)
        invoice.status = "CANCELLED"
        self.truth.release(invoice)

    async def _refused_for_status(
        self, invoice: Invoice, operation: str, statuses: Sequence[str], given: Mapping[str, Any]
    ) -> bool:
        """Say whether an invoice cannot have that done to it now, and see that it is refused."""
        if not invoice.deleted and invoice.status in statuses:
            return False
        code = "not_found" if invoice.deleted else "conflict"
        await self.refuses(code, operation, **given)
        return True

    def _added(self, invoice: Invoice) -> Invoice:
        self.truth.invoices.append(invoice)
        self.truth.take(invoice)
        return invoice


def discount_text(client: Client, discount: Discount) -> str:
    """Write a discount; empty for none."""
    if discount.percent is not None:
        return f"{float(discount.percent)}%"
    return "" if discount.minor is None else client.text(discount.minor)


def _line_argument(quantity: Fraction, price: Fraction, tax: Fraction | None) -> dict[str, Any]:
    given: dict[str, Any] = {
        "description": "Something else",
        "quantity": str(float(quantity)),
        "unit_price": str(float(price)),
    }
    return given if tax is None else {**given, "tax_rate": str(float(tax))}


def _excludes(wish: Entry | str, one: Entry | Project) -> bool:
    """Say whether a wish leaves something out: an entry, a project's name, words of a note."""
    if isinstance(one, Project):
        return wish == one.name
    return wish is one or wish == one.project.name or (isinstance(wish, str) and wish in one.note)
