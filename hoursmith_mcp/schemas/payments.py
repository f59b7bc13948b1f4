"""Payments of an invoice, as a list of their own."""

from __future__ import annotations

from hoursmith_mcp.schemas.base import OfMoney
from hoursmith_mcp.schemas.invoices import PaymentOut


class PaymentList(OfMoney):
    """The payments of one invoice that stand, in the order in which they came."""

    listed = "payments"

    payments: list[PaymentOut]
