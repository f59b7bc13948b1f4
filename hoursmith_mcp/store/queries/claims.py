"""Claims: that a subject is charged for on a line; one live claim per subject, by the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ScalarSelect, Table, bindparam, update

from hoursmith_mcp.store.journal import digest
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import BillingClaim, Invoice, Project, TimeEntry
from hoursmith_mcp.store.tenancy import TENANT, for_the_program, scoped

_claim = core_table(BillingClaim)
_entry = core_table(TimeEntry)
_project = core_table(Project)
_invoice = core_table(Invoice)

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
    select(_invoice.c.id, _invoice.c.number).where(
        _invoice.c.id.in_(bindparam("ids", expanding=True))
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


def _line_that_holds(subject: Table[Any]) -> ScalarSelect[Any]:
    of_subject = select(_claim.c.line_id).where(
        _claim.c.subject_id == subject.c.id,
        _claim.c.released_at.is_(None),
        _claim.c.organization_id == TENANT,
    )
    return of_subject.correlate(subject).scalar_subquery()


# Found by the claims, which name them: no index leads from a line to its entries.
_held = select(_claim.c.subject_id).where(
    _of_invoice, _claim.c.released_at.is_(None), _claim.c.organization_id == TENANT
)
_FREE_ENTRIES = scoped(update(_entry).where(_entry.c.id.in_(_held)).values(line_id=None))
_FREE_FEES = scoped(update(_project).where(_project.c.id.in_(_held)).values(fee_line_id=None))
_TAKE_ENTRIES = scoped(
    update(_entry)
    .where(_entry.c.id.in_(_held), _entry.c.line_id.is_(None))
    .values(line_id=_line_that_holds(_entry))
)
_TAKE_FEES = scoped(
    update(_project)
    .where(_project.c.id.in_(_held), _project.c.fee_line_id.is_(None))
    .values(fee_line_id=_line_that_holds(_project))
)

_of_any = select(_claim.c.subject_id).where(_of_invoice, _claim.c.organization_id == TENANT)
_ENTRIES = scoped(select(_entry).where(_entry.c.id.in_(_of_any)).order_by(_entry.c.id))
_FEES = scoped(
    select(
        _project.c.id,
        _project.c.client_id,
        _project.c.rate_type,
        _project.c.fixed_fee,
        _project.c.fee_line_id,
        _project.c.deleted_at,
    )
    .where(_project.c.id.in_(_of_any))
    .order_by(_project.c.id)
)


class _Subject(Shape):
    line_id: str | None


class _Fee(Shape):
    fee_line_id: str | None


class _Holding(Shape):
    subject_id: str
    invoice_id: str


class _Numbered(Shape):
    id: str
    number: str | None


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
        for invoice_id in {claim["invoice_id"] for claim in claims}:
            await self._mark(invoice_id)
            self._note(invoice_id, let_go=None)

    async def take_back(self, invoice_id: str) -> None:
        """Let an invoice's claims, all of them released, hold their subjects again."""
        await self._session.change(_TAKE_BACK, journaled=False, invoice=invoice_id)
        await self._mark(invoice_id)
        self._note(invoice_id, let_go=None)

    async def release(self, invoice_id: str) -> None:
        """Let go of every subject of an invoice; the claims stay as history."""
        if self._session.journal is not None:
            self._note(invoice_id, let_go=await self.digest_of_subjects(invoice_id))
        for statement in (_FREE_ENTRIES, _FREE_FEES):
            await self._session.change(statement, journaled=False, invoice=invoice_id)
        now_us = self._session.now_us
        await self._session.change(_RELEASE, journaled=False, invoice=invoice_id, now=now_us)

    async def of_invoice(self, invoice_id: str) -> Sequence[BillingClaim]:
        """Return all claims of an invoice, released ones too."""
        return await self._session.all(BillingClaim, _OF_INVOICE, invoice=invoice_id)

    async def digest_of_subjects(self, invoice_id: str) -> str:
        """Return a digest of what an invoice claims or claimed, as it is now."""
        entries = await self._session.all(_Subject, _ENTRIES, invoice=invoice_id)
        fees = await self._session.all(_Fee, _FEES, invoice=invoice_id)
        return digest({row.id: digest(row._mapping) for row in cast("Any", [*entries, *fees])})

    async def are_free(self, invoice_id: str) -> bool:
        """Say whether nothing holds what an invoice claims or claimed."""
        entries = await self._session.all(_Subject, _ENTRIES, invoice=invoice_id)
        fees = await self._session.all(_Fee, _FEES, invoice=invoice_id)
        held = [row.line_id for row in entries] + [row.fee_line_id for row in fees]
        return not any(held)

    def _note(self, invoice_id: str, *, let_go: str | None) -> None:
        if self._session.journal is not None:
            self._session.journal.claims(invoice_id, let_go=let_go)

    async def _mark(self, invoice_id: str) -> None:
        """Let the subjects of an invoice carry the line of their claim."""
        for statement in (_TAKE_ENTRIES, _TAKE_FEES):
            await self._session.change(statement, journaled=False, invoice=invoice_id)

    async def live(self, subject_id: str) -> BillingClaim | None:
        """Return the claim that holds a subject, if one does."""
        return await self._session.first(BillingClaim, _LIVE, subject=subject_id)

    async def holders(self, subject_ids: Sequence[str]) -> dict[str, str]:
        """Return the invoices that hold subjects, by number or, drafts, by id; free ones have none.

        However many subjects there are, two statements find them.
        """
        held = await self._session.all_in(_Holding, _HOLDING, subject_ids)
        invoice_ids = list({one.invoice_id for one in held})
        invoices = await self._session.all_in(_Numbered, _NUMBERS, invoice_ids) if held else ()
        names = {invoice.id: invoice.number or invoice.id for invoice in invoices}
        return {one.subject_id: names[one.invoice_id] for one in held}
