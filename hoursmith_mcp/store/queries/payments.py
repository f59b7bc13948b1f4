"""Payments, as rows; a mistaken one is voided, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, update

from hoursmith_mcp.errors import NotFound
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Invoice, Payment
from hoursmith_mcp.store.tenancy import scoped

_payment = core_table(Payment)
_invoice = core_table(Invoice)
_BY_ID = scoped(select(_payment).where(_payment.c.id == bindparam("id")))
_BY_IDS = scoped(
    select(
        _payment,
        _invoice.c.number.label("invoice_number"),
        _invoice.c.client_id,
        _invoice.c.bill_to_name,
    )
    .select_from(_payment.join(_invoice, _invoice.c.id == _payment.c.invoice_id))
    .where(_payment.c.id.in_(bindparam("ids", expanding=True)))
)
_VOID = scoped(
    update(_payment).where(_payment.c.id == bindparam("id_")).values(voided_at=bindparam("now"))
)


class PaymentRow(Shape):
    """A payment's columns, with what is shown of its invoice."""

    id: str
    invoice_id: str
    amount: int
    currency: str
    received_on: str
    note: str | None
    created_at: int
    voided_at: int | None
    invoice_number: str | None
    client_id: str
    bill_to_name: str


class Payments:
    """The payments of one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def get(self, payment_id: str) -> Payment:
        """Return a payment by id, a voided one too; raises NotFound."""
        row = await self._session.first(Payment, _BY_ID, id=payment_id.strip().lower())
        if row is None:
            raise NotFound("There is no payment with that id; get_invoice lists them.")
        return row

    async def of_ids(self, payment_ids: Sequence[str]) -> Sequence[PaymentRow]:
        """Return payments by their ids, in no order."""
        return await self._session.all(PaymentRow, _BY_IDS, ids=list(payment_ids))

    async def add(self, **values: Any) -> Payment:
        """Record a payment and return it."""
        await self._session.insert(Payment, {**values, "created_at": self._session.now_us})
        return await self.get(values["id"])

    async def void(self, payment_id: str) -> None:
        """Void a payment; the row stays."""
        await self._session.change(_VOID, id_=payment_id, now=self._session.now_us)
