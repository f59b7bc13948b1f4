"""Claims: that a subject is charged for on a line; one live claim per subject, by the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, bindparam, update

from hoursmith_mcp.store.journal import digest
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import BillingClaim, Invoice, InvoiceLine, Project, TimeEntry
from hoursmith_mcp.store.tenancy import for_the_program, scoped

_claim = core_table(BillingClaim)
_entry = core_table(TimeEntry)
_project = core_table(Project)
_invoice = core_table(Invoice)
_invoice_line = core_table(InvoiceLine)

_of_invoice = _claim.c.invoice_id == bindparam("invoice")
_OF_INVOICE = scoped(select(_claim).where(_of_invoice).order_by(_claim.c.line_id))
# What is billed is locked, whoever asks.
_LIVE = for_the_program(
    select(_claim).where(
        _claim.c.subject_id == bindparam("subject"), _claim.c.released_at.is_(None)
    )
)
_HOLDING = scoped(
    select(_claim.c.subject_id, _claim.c.invoice_id).where(
        _claim.c.subject_id.in_(bindparam("ids", expanding=True)), _claim.c.released_at.is_(None)
    )
)
_NUMBERS = scoped(
    select(_invoice.c.id, _invoice.c.number, _invoice.c.currency).where(
        _invoice.c.id.in_(bindparam("ids", expanding=True))
    )
)
_CHARGED = scoped(
    select(
        _claim.c.subject_id,
        _claim.c.invoice_id,
        _claim.c.line_id,
        _claim.c.billed_seconds,
        _claim.c.amount,
    ).where(
        _claim.c.subject_id.in_(bindparam("ids", expanding=True)), _claim.c.released_at.is_(None)
    )
)
_PRICES = scoped(
    select(_invoice_line.c.id, _invoice_line.c.unit_price).where(
        _invoice_line.c.id.in_(bindparam("ids", expanding=True))
    )
)
_RELEASE = scoped(
    update(_claim)
    .where(_of_invoice, _claim.c.released_at.is_(None))
    .values(released_at=bindparam("now"))
)
_TAKE_BACK = scoped(
    update(_claim).where(_of_invoice, _claim.c.released_at.is_not(None)).values(released_at=None)
)


# Subjects are met by their ids. A join with claims that this unit has just written is planned
# without figures about them, and PostgreSQL may then walk all the claims for each subject.
_SUBJECTS = scoped(
    select(
        _claim.c.line_id, _claim.c.subject_id, _claim.c.subject_kind, _claim.c.released_at
    ).where(_of_invoice)
)
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_line: BindParameter[Any] = bindparam("line")
_MARK = {
    "entry": scoped(
        update(_entry)
        .where(_entry.c.id.in_(_ids), _entry.c.line_id.is_(None))
        .values(line_id=_line)
    ),
    "fee": scoped(
        update(_project)
        .where(_project.c.id.in_(_ids), _project.c.fee_line_id.is_(None))
        .values(fee_line_id=_line)
    ),
}
_FREE = {
    "entry": scoped(update(_entry).where(_entry.c.id.in_(_ids)).values(line_id=None)),
    "fee": scoped(update(_project).where(_project.c.id.in_(_ids)).values(fee_line_id=None)),
}
_ENTRIES = scoped(select(_entry).where(_entry.c.id.in_(_ids)))
_FEES = scoped(
    select(
        _project.c.id,
        _project.c.client_id,
        _project.c.rate_type,
        _project.c.fixed_fee,
        _project.c.fee_line_id,
        _project.c.deleted_at,
    ).where(_project.c.id.in_(_ids))
)


class _Claimed(Shape):
    line_id: str
    subject_id: str
    subject_kind: str
    released_at: int | None


class _Entry(Shape):
    line_id: str | None


class _Fee(Shape):
    fee_line_id: str | None


class _Holding(Shape):
    subject_id: str
    invoice_id: str


class _Numbered(Shape):
    id: str
    number: str | None
    currency: str


class _Charged(Shape):
    subject_id: str
    invoice_id: str
    line_id: str
    billed_seconds: int
    amount: int


class _Priced(Shape):
    id: str
    unit_price: int


@dataclass(frozen=True)
class Billed:
    """What is charged for a subject: its seconds after rounding, and its share of the line."""

    invoice_id: str
    invoice_number: str | None
    seconds: int
    unit_price_e4: int
    amount_minor: int
    currency: str


class Claims:
    """The claims of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def take(self, claims: Sequence[dict[str, Any]]) -> None:
        """Claim subjects for lines; the subjects carry the line from then on."""
        stamped = [{**claim, "created_at": self._session.now_us} for claim in claims]
        if not stamped:
            return
        await self._session.insert(BillingClaim, *stamped)
        subjects = ((one["subject_kind"], one["line_id"], one["subject_id"]) for one in claims)
        await self._mark(subjects)
        for invoice_id in {claim["invoice_id"] for claim in claims}:
            self._note(invoice_id, let_go=None)

    async def take_back(self, invoice_id: str) -> None:
        """Let an invoice's claims, all of them released, hold their subjects again."""
        await self._session.change(_TAKE_BACK, journaled=False, invoice=invoice_id)
        claimed = await self._claimed(invoice_id)
        await self._mark((one.subject_kind, one.line_id, one.subject_id) for one in claimed)
        self._note(invoice_id, let_go=None)

    async def release(self, invoice_id: str) -> None:
        """Let go of every subject of an invoice; the claims stay as history."""
        if self._session.journal is not None:
            self._note(invoice_id, let_go=await self.digest_of_subjects(invoice_id))
        held = [one for one in await self._claimed(invoice_id) if one.released_at is None]
        for kind, free in _FREE.items():
            ids = [one.subject_id for one in held if one.subject_kind == kind]
            await self._session.change_in(free, ids, journaled=False)
        now_us = self._session.now_us
        await self._session.change(_RELEASE, journaled=False, invoice=invoice_id, now=now_us)

    async def of_invoice(self, invoice_id: str) -> Sequence[BillingClaim]:
        """Return all claims of an invoice, released ones too."""
        return await self._session.all(BillingClaim, _OF_INVOICE, invoice=invoice_id)

    async def digest_of_subjects(self, invoice_id: str) -> str:
        """Return a digest of what an invoice claims or claimed, as it is now."""
        entries, fees = await self._subjects(invoice_id)
        return digest({row.id: digest(row._mapping) for row in cast("Any", [*entries, *fees])})

    async def are_free(self, invoice_id: str) -> bool:
        """Say whether nothing holds what an invoice claims or claimed."""
        entries, fees = await self._subjects(invoice_id)
        held = [row.line_id for row in entries] + [row.fee_line_id for row in fees]
        return not any(held)

    def _note(self, invoice_id: str, *, let_go: str | None) -> None:
        if self._session.journal is not None:
            self._session.journal.claims(invoice_id, let_go=let_go)

    async def _claimed(self, invoice_id: str) -> Sequence[_Claimed]:
        return await self._session.all(_Claimed, _SUBJECTS, invoice=invoice_id)

    async def _subjects(self, invoice_id: str) -> tuple[Sequence[_Entry], Sequence[_Fee]]:
        claimed = await self._claimed(invoice_id)
        entry_ids = list({one.subject_id for one in claimed if one.subject_kind == "entry"})
        fee_ids = list({one.subject_id for one in claimed if one.subject_kind == "fee"})
        entries = await self._session.all_in(_Entry, _ENTRIES, entry_ids)
        return entries, await self._session.all_in(_Fee, _FEES, fee_ids)

    async def _mark(self, subjects: Iterable[tuple[str, str, str]]) -> None:
        """Let subjects, told by kind, line and id, carry the line that claims them."""
        by_line: dict[tuple[str, str], list[str]] = {}
        for kind, line_id, subject_id in subjects:
            by_line.setdefault((kind, line_id), []).append(subject_id)
        for (kind, line_id), ids in by_line.items():
            await self._session.change_in(_MARK[kind], ids, journaled=False, line=line_id)

    async def live(self, subject_id: str) -> BillingClaim | None:
        """Return the claim that holds a subject, if one does."""
        return await self._session.first(BillingClaim, _LIVE, subject=subject_id)

    async def billed(self, subject_ids: Sequence[str]) -> dict[str, Billed]:
        """Return what invoices charge for subjects; what is free has nothing.

        However many subjects there are, three statements find it. Joined, databases would begin
        with all the invoices there are.
        """
        claims = await self._session.all_in(_Charged, _CHARGED, subject_ids)
        if not claims:
            return {}
        line_ids = list({one.line_id for one in claims})
        prices = {
            line.id: line.unit_price
            for line in await self._session.all_in(_Priced, _PRICES, line_ids)
        }
        invoices = await self._invoices({one.invoice_id for one in claims})
        return {
            one.subject_id: Billed(
                invoice_id=one.invoice_id,
                invoice_number=invoices[one.invoice_id].number,
                seconds=one.billed_seconds,
                unit_price_e4=prices[one.line_id],
                amount_minor=one.amount,
                currency=invoices[one.invoice_id].currency,
            )
            for one in claims
        }

    async def _invoices(self, ids: Collection[str]) -> dict[str, _Numbered]:
        rows = await self._session.all_in(_Numbered, _NUMBERS, list(ids)) if ids else ()
        return {row.id: row for row in rows}

    async def holders(self, subject_ids: Sequence[str]) -> dict[str, str]:
        """Return the invoices that hold subjects, by number or, drafts, by id; free ones have none.

        However many subjects there are, two statements find them.
        """
        held = await self._session.all_in(_Holding, _HOLDING, subject_ids)
        invoices = await self._invoices({one.invoice_id for one in held})
        return {one.subject_id: invoices[one.invoice_id].number or one.invoice_id for one in held}
