"""Invoices, as rows: drafts are made and changed, issued ones only move on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, update

from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import fold
from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.schemas.filters import InvoiceFilter
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import AnySelect, select
from hoursmith_mcp.store.tables import (
    BillingClaim,
    Invoice,
    InvoiceLine,
    Organization,
    Payment,
)
from hoursmith_mcp.store.tenancy import scoped

_invoice = core_table(Invoice)
_line = core_table(InvoiceLine)
_organization = core_table(Organization)
_payment = core_table(Payment)
_claim = core_table(BillingClaim)

_there = select(_invoice).where(_invoice.c.deleted_at.is_(None))
_BY_ID = scoped(_there.where(_invoice.c.id == bindparam("id")))
_BY_IDS = scoped(_there.where(_invoice.c.id.in_(bindparam("ids", expanding=True))))
_BY_NUMBER = scoped(_there.where(_invoice.c.number_key == bindparam("key")))
_DELETED_TOO = scoped(select(_invoice).where(_invoice.c.id == bindparam("id")))
_OF_PROPOSAL = scoped(select(_invoice).where(_invoice.c.proposal_id == bindparam("proposal")))
_LINES = scoped(
    select(_line).where(_line.c.invoice_id == bindparam("invoice")).order_by(_line.c.position)
)
_OF_LINES = scoped(
    select(_line.c.id, _line.c.invoice_id).where(_line.c.id.in_(bindparam("lines", expanding=True)))
)
_DROP_CUSTOM = scoped(
    delete(_line).where(_line.c.invoice_id == bindparam("invoice"), _line.c.kind == "custom")
)
_PAYMENTS = scoped(
    select(_payment)
    .where(_payment.c.invoice_id == bindparam("invoice"), _payment.c.voided_at.is_(None))
    .order_by(_payment.c.received_on, _payment.c.id)
)
_ENTRIES_OF_LINES = scoped(
    select(_claim.c.line_id, func.count().label("entries"))
    .where(_claim.c.invoice_id == bindparam("invoice"), _claim.c.subject_kind == "entry")
    .group_by(_claim.c.line_id)
)
_LAST_ISSUE = scoped(
    select(func.max(_invoice.c.issue_date).label("day")).where(_invoice.c.number.is_not(None))
)
_COUNT_ON = scoped(
    update(_organization).values(invoice_sequence=_organization.c.invoice_sequence + 1)
)
_SEQUENCE = scoped(select(_organization.c.invoice_sequence.label("sequence")))
DUE = (
    _invoice.c.total
    - _invoice.c.paid
    + _invoice.c.refunded
    - _invoice.c.credited
    - _invoice.c.written_off
)


@dataclass(frozen=True)
class WholeInvoice:
    """An invoice with its lines, the payments that stand, and how many entries a line bills."""

    row: Invoice
    lines: Sequence[InvoiceLine]
    payments: Sequence[Payment]
    entries_of_line: Mapping[str, int]


@dataclass(frozen=True)
class Numbers:
    """Numbers of invoices, the latest first, and how many there are."""

    shown: list[str]
    total: int


class _Number(Shape):
    number: str


class _Total(Shape):
    count: int


class _Count(Shape):
    line_id: str
    entries: int


class _LineOf(Shape):
    id: str
    invoice_id: str


class _Day(Shape):
    day: str | None


class _Sequence(Shape):
    sequence: int


class Invoices:
    """The invoices of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def find(self, text: str, *, deleted_too: bool = False) -> Invoice:
        """Return the invoice that an id or a whole number means; raises NotFound."""
        word = text.strip().lower()
        if looks_like_id(word, "inv"):
            statement = _DELETED_TOO if deleted_too else _BY_ID
            row = await self._session.first(Invoice, statement, id=word)
        else:
            row = await self._numbered(text.strip())
        if row is None:
            raise NotFound(
                "There is no invoice with that id or number. list_invoices() has them all; a draft "
                "has an id only."
            )
        return row

    async def get(self, invoice_id: str) -> Invoice:
        """Return an invoice by id, a deleted one too; raises NotFound."""
        row = await self._session.first(Invoice, _DELETED_TOO, id=invoice_id.strip().lower())
        if row is None:
            raise NotFound("There is no invoice with that id. list_invoices() has them all.")
        return row

    async def of_ids(self, invoice_ids: Sequence[str]) -> Sequence[Invoice]:
        """Return invoices by their ids, in no order."""
        return await self._session.all(Invoice, _BY_IDS, ids=list(invoice_ids))

    async def of_proposal(self, proposal_id: str) -> Invoice | None:
        """Return the invoice that was made of a proposal, a deleted one too."""
        return await self._session.first(Invoice, _OF_PROPOSAL, proposal=proposal_id)

    async def lines(self, invoice_id: str) -> Sequence[InvoiceLine]:
        """Return the lines of an invoice, in order."""
        return await self._session.all(InvoiceLine, _LINES, invoice=invoice_id)

    async def of_lines(self, line_ids: Sequence[str]) -> dict[str, str]:
        """Return the ids of the invoices that lines belong to, by the lines' ids."""
        if not line_ids:
            return {}
        rows = await self._session.all(_LineOf, _OF_LINES, lines=list(line_ids))
        return {row.id: row.invoice_id for row in rows}

    async def whole(self, row: Invoice) -> WholeInvoice:
        """Return an invoice with all that belongs to it."""
        counts = await self._session.all(_Count, _ENTRIES_OF_LINES, invoice=row.id)
        return WholeInvoice(
            row=row,
            lines=await self.lines(row.id),
            payments=await self._session.all(Payment, _PAYMENTS, invoice=row.id),
            entries_of_line={count.line_id: int(count.entries) for count in counts},
        )

    async def page(
        self, wanted: InvoiceFilter, *, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Invoice]:
        """Return invoices, the newest first, beginning after an id."""
        statement = _narrowed(_there, wanted)
        if after is not None:
            statement = statement.where(_invoice.c.id < after[1])
        statement = statement.order_by(_invoice.c.id.desc()).limit(limit)
        return await self._session.all(Invoice, scoped(statement))

    async def every(self, wanted: InvoiceFilter) -> Sequence[Invoice]:
        """Return all invoices of a few, the newest first: drafts, say."""
        statement = _narrowed(_there, wanted).order_by(_invoice.c.id.desc())
        return await self._session.all(Invoice, scoped(statement))

    async def unpaid(self, wanted: InvoiceFilter) -> Sequence[Invoice]:
        """Return what is issued and has something due, the longest due first."""
        statement = _narrowed(_there, wanted).where(_invoice.c.status == "SENT", DUE > 0)
        statement = statement.order_by(_invoice.c.due_date, _invoice.c.id)
        return await self._session.all(Invoice, scoped(statement))

    async def numbers(self, part: str, *, most: int) -> Numbers:
        """Return the numbers that hold a text, as many as are wanted."""
        holds = _there.where(
            _invoice.c.number.is_not(None), _invoice.c.number.icontains(part, autoescape=True)
        )
        latest = holds.with_only_columns(_invoice.c.number).order_by(_invoice.c.id.desc())
        rows = await self._session.all(_Number, scoped(latest.limit(most)))
        count = holds.with_only_columns(func.count().label("count"))
        (total,) = await self._session.all(_Total, scoped(count))
        return Numbers([row.number for row in rows], total.count)

    async def last_issue_date(self) -> str | None:
        """Return the day of the last invoice in the series."""
        row = await self._session.first(_Day, _LAST_ISSUE)
        return row.day if row is not None else None

    async def next_in_series(self) -> int:
        """Take the next place in the organisation's series; it is given back if the unit fails."""
        await self._session.change(_COUNT_ON)
        row = await self._session.first(_Sequence, _SEQUENCE)
        return int(row.sequence) if row is not None else 0

    async def number_is_taken(self, number: str) -> bool:
        """Say whether an invoice of that number is there."""
        return await self._numbered(number) is not None

    async def _numbered(self, number: str) -> Invoice | None:
        return await self._session.first(Invoice, _BY_NUMBER, key=fold(number))

    async def add(self, values: dict[str, Any], lines: Sequence[dict[str, Any]]) -> Invoice:
        """Add an invoice with its lines and return it."""
        now_us = self._session.now_us
        stamped = {**values, "version": 1, "created_at": now_us, "updated_at": now_us}
        await self._session.insert(Invoice, stamped)
        if lines:
            await self._session.insert(InvoiceLine, *lines)
        return await self.get(values["id"])

    async def replace_custom_lines(self, invoice_id: str, lines: Sequence[dict[str, Any]]) -> None:
        """Put these in the place of a draft's custom lines; they carry their positions."""
        await self._session.change(_DROP_CUSTOM, invoice=invoice_id)
        if lines:
            await self._session.insert(InvoiceLine, *lines)

    async def update(self, invoice_id: str, values: dict[str, Any]) -> Invoice:
        """Change an invoice and return it as it is then."""
        await self._session.update(Invoice, invoice_id, values)
        return await self.get(invoice_id)


def _narrowed(statement: AnySelect, wanted: InvoiceFilter) -> AnySelect:
    """Turn a filter into SQL; the only place where that is done."""
    if wanted.client_id is not None:
        statement = statement.where(_invoice.c.client_id == wanted.client_id)
    if wanted.statuses is not None:
        statement = statement.where(_invoice.c.status.in_(wanted.statuses))
    if wanted.first_day is not None:
        statement = statement.where(_invoice.c.issue_date >= wanted.first_day)
    if wanted.last_day is not None:
        statement = statement.where(_invoice.c.issue_date <= wanted.last_day)
    if wanted.due_before is not None:
        statement = statement.where(_invoice.c.due_date < wanted.due_before)
    return statement
