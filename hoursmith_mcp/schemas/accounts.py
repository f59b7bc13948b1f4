"""A client's account, as callers see it."""

from __future__ import annotations

from hoursmith_mcp.schemas.base import AmountText, DecimalText, Hidden, OfMoney
from hoursmith_mcp.schemas.invoices import AgedAmount, InvoiceOut


class OpenWorkOut(OfMoney):
    """What could be billed now, with tax."""

    entries: int
    hours: DecimalText
    fees: int | None = None
    hours_without_rate: DecimalText | None = None
    currency: Hidden[str] | None = None
    total: AmountText | None = None


class ClientAccount(OfMoney):
    """Where a client stands: what is to be billed, what is drafted, issued and owed."""

    client: str
    client_id: str
    currency: Hidden[str] | None = None
    unbilled: OpenWorkOut
    drafts: list[InvoiceOut]
    invoices: list[InvoiceOut]
    receivables: list[AgedAmount] = []
    more: bool
    available_actions: list[str] = []
