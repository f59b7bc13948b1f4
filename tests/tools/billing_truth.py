"""The truth about a house that bills, kept without the product's code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from billing_oracle import OracleLine, Worked, oracle_amount, oracle_lines
from billing_records import (
    NO_DISCOUNT,
    Bill,
    BilledLine,
    Client,
    Discount,
    Entry,
    Invoice,
    Policy,
    Project,
    Proposal,
    Rate,
)

DAY_SECONDS = 24 * 3_600
PROPOSAL_LIVES_US = DAY_SECONDS * 1_000_000
ORGANIZATION = "everybody"
"""Where rates, policies and taxes are kept that hold for all who have none of their own."""


@dataclass
class Truth:
    """Everything that should be there."""

    now_us: int = 0
    clients: dict[str, Client] = field(default_factory=dict[str, Client])
    projects: dict[str, Project] = field(default_factory=dict[str, Project])
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    invoices: list[Invoice] = field(default_factory=list[Invoice])
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    issued: list[Invoice] = field(default_factory=list[Invoice])
    rates: dict[str, list[Rate]] = field(default_factory=dict[str, list[Rate]])
    policies: dict[str, Policy | None] = field(default_factory=dict[str, Policy | None])
    taxes: dict[str, Fraction | None] = field(default_factory=dict[str, Fraction | None])
    terms_days: int = 0
    records: int = 0

    def day(self, back: int = 0) -> str:
        """Return the day it is, or one that many days ago."""
        now = datetime.fromtimestamp(self.now_us / 1_000_000, UTC)
        return (now.date() - timedelta(days=back)).isoformat()

    def has_room(self, day: str, seconds: int, *, without: Entry | None = None) -> bool:
        """Say whether a day has that much time left."""
        there = sum(
            one.seconds
            for one in self.entries.values()
            if one.day == day and not one.deleted and one is not without
        )
        return there + seconds <= DAY_SECONDS

    def set_rate(self, place: str, price: Fraction, start: str) -> None:
        """Let a price hold at a place from a day on; the first one for all days before, too."""
        known = self.rates.setdefault(place, [])
        current = _rate_on(known, start)
        if current is not None and current.price == price:
            return
        self.records += 1
        kept = [one for one in known if one.start != start]
        record = Rate(price, start if known else None, self.records)
        self.rates[place] = [*kept, record]

    def rate(self, entry: Entry) -> Rate:
        """Return the record that prices an entry: of its task, project, client or everybody."""
        project = entry.project
        places = [f"task of {project.name}"] if entry.task else []
        places += [
            project.name,
            project.client.name,
            f"{ORGANIZATION} in {project.client.currency}",
        ]
        found = (_rate_on(self.rates.get(place, []), entry.day) for place in places)
        return next(one for one in found if one is not None)

    def policy(self, project: Project) -> Policy:
        """Return how a project's time is rounded."""
        places = (project.name, project.client.name, ORGANIZATION)
        return next(one for place in places if (one := self.policies.get(place)) is not None)

    def tax(self, client: Client) -> Fraction:
        """Return a client's tax in percent."""
        own = self.taxes.get(client.name)
        return own if own is not None else self.taxes.get(ORGANIZATION) or Fraction(0)

    def open_entries(
        self, client: Client, projects: Sequence[Project] | None = None
    ) -> list[Entry]:
        """Return what is billable by the hour and on no live invoice."""
        return [
            one
            for one in self.entries.values()
            if one.billable
            and not one.deleted
            and one.invoice is None
            and one.project.fee_minor is None
            and one.project.client is client
            and (projects is None or one.project in projects)
        ]

    def open_fees(self, client: Client, projects: Sequence[Project] | None = None) -> list[Project]:
        """Return the projects whose fee was not charged."""
        return [
            one
            for one in self.projects.values()
            if one.client is client
            and one.fee_minor is not None
            and one.charged_on is None
            and (projects is None or one in projects)
        ]

    def claims(self) -> dict[str, tuple[str, int, int, int]]:
        """Return what is on live invoices: on which, raw and billed seconds, minor units."""
        return {
            subject: (invoice.id, *amounts)
            for invoice in self.invoices
            if invoice.is_live
            for subject, amounts in invoice.subjects().items()
        }

    def bill(
        self,
        client: Client,
        entries: Iterable[Entry],
        fees: Iterable[Project],
        *,
        grouping: Sequence[str] = ("project", "task"),
        discount: Discount = NO_DISCOUNT,
        others: Iterable[BilledLine] = (),
        terms_days: int | None = None,
    ) -> Bill | None:
        """Return the bill of this work as of now; none where its totals are impossible."""
        lines = [
            *self._time_lines(client, list(entries), grouping),
            *(self._fee_line(one) for one in fees),
            *others,
        ]
        totals = discount.totals(lines)
        if totals is None:
            return None
        if terms_days is None:
            own = client.terms_days
            terms_days = own if own is not None else self.terms_days
        return Bill(tuple(sorted(lines, key=_in_order)), totals, client.address, terms_days)

    def custom_line(
        self, client: Client, quantity: Fraction, price: Fraction, tax: Fraction | None
    ) -> BilledLine:
        """Return a line that somebody adds by hand."""
        rate = self.tax(client) if tax is None else tax
        amount = oracle_amount(quantity, price, client.decimals)
        return BilledLine("custom", OracleLine((), quantity, price, amount, rate, _category(rate)))

    def take(self, invoice: Invoice) -> None:
        """Put what an invoice bills on it."""
        for subject in invoice.subjects():
            if subject in self.entries:
                self.entries[subject].invoice = invoice
            else:
                self._project(subject).charged_on = invoice

    def release(self, invoice: Invoice) -> None:
        """Free what an invoice bills."""
        invoice.released_us = self.now_us
        for subject in invoice.subjects():
            if subject in self.entries:
                self.entries[subject].invoice = None
            else:
                self._project(subject).charged_on = None

    def is_stale(self, proposal: Proposal) -> bool:
        """Say whether an invoice made now would not be what was shown."""
        entries = [self.entries[one] for one in proposal.versions]
        open_ids = {one.id for one in self.open_entries(proposal.client)}
        if any(
            one.id not in open_ids or one.version != proposal.versions[one.id] for one in entries
        ):
            return True
        if any(fee.charged_on is not None for fee in proposal.fees):
            return True
        now = self.bill(
            proposal.client,
            entries,
            proposal.fees,
            grouping=proposal.grouping,
            discount=proposal.discount,
        )
        return now != proposal.bill

    def can_be_restored(self, invoice: Invoice) -> bool:
        """Say whether a draft that was put away can come back as it was."""
        prices = {part[0]: one.line.price for one in invoice.bill.lines for part in one.parts}
        for subject, (raw_seconds, _, minor) in invoice.subjects().items():
            if subject not in self.entries:
                project = self._project(subject)
                if project.charged_on is not None or project.fee_minor != minor:
                    return False
                continue
            entry = self.entries[subject]
            if entry not in self.open_entries(invoice.client) or entry.seconds != raw_seconds:
                return False
            if self.rate(entry).price != prices[subject] or entry.touched_us > invoice.released_us:
                return False
        return invoice.deleted or (invoice.status == "CANCELLED" and invoice.number is None)

    def carried(self, invoice: Invoice) -> tuple[list[Entry], list[Project]]:
        """Return the work of the lines of which all is free."""
        free: dict[str, Entry | Project] = {
            **{one.id: one for one in self.open_entries(invoice.client)},
            **{one.id: one for one in self.open_fees(invoice.client)},
        }
        kept = [
            free[part[0]]
            for one in invoice.lines(custom=False)
            if all(part[0] in free for part in one.parts)
            for part in one.parts
        ]
        return (
            [one for one in kept if isinstance(one, Entry)],
            [one for one in kept if isinstance(one, Project)],
        )

    def _project(self, project_id: str) -> Project:
        return next(one for one in self.projects.values() if one.id == project_id)

    def _fee_line(self, project: Project) -> BilledLine:
        minor, tax = project.fee_minor or 0, self.tax(project.client)
        price = project.client.money(minor)
        line = OracleLine((), Fraction(1), price, minor, tax, _category(tax))
        return BilledLine("fee", line, ((project.id, 0, 0, minor, 0),))

    def _time_lines(
        self, client: Client, entries: Sequence[Entry], grouping: Sequence[str]
    ) -> list[BilledLine]:
        tax = self.tax(client)
        worked = [
            Worked(
                id=one.id,
                project=one.project.name,
                # Tasks of one name in two projects are two tasks.
                task=f"{one.task} of {one.project.name}" if one.task else None,
                member="me",
                date=one.day,
                note=one.note,
                seconds=one.seconds,
                rate=self.rate(one).price,
                tax=tax,
                category=_category(tax),
                rounding=self.policy(one.project),
            )
            for one in entries
        ]
        return [self._time_line(line) for line in oracle_lines(worked, grouping, client.decimals)]

    def _time_line(self, line: OracleLine) -> BilledLine:
        entries = [self.entries[part[0]] for part in line.parts]
        policy = self.policy(entries[0].project)
        parts = tuple(
            (one.id, one.seconds, seconds, minor, self.rate(one).serial)
            for one, (_, seconds, minor) in zip(entries, line.parts, strict=True)
        )
        # Time that is not rounded says nothing of a way, which might change unseen.
        return BilledLine("time", line, parts, policy if policy[0] else None)


def _rate_on(records: Iterable[Rate], day: str) -> Rate | None:
    begun = [one for one in records if (one.start or "") <= day]
    return max(begun, key=lambda one: one.start or "", default=None)


def _category(tax: Fraction) -> str:
    return "S" if tax else "Z"


def _in_order(one: BilledLine) -> tuple[object, ...]:
    return (one.kind, one.parts, one.line.quantity, one.line.price, one.line.tax)
