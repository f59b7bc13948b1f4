"""An invoice's life: what it is, what may be done with it, and what is due on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from hoursmith_mcp.core.refusal import Refusal

PaymentStatus = Literal["unpaid", "partially_paid", "paid", "refunded"]


class InvoiceStatus(StrEnum):
    """Where an invoice stands; PAID means that nothing is due, however that came."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    WRITTEN_OFF = "WRITTEN_OFF"


class InvoiceVerb(StrEnum):
    """What can be done with an invoice."""

    UPDATE = "update"
    DELETE = "delete"
    SEND = "send"
    RECORD_PAYMENT = "record_payment"
    VOID_PAYMENT = "void_payment"
    CANCEL = "cancel"
    RESTORE = "restore"
    DUPLICATE = "duplicate"
    WRITE_OFF = "write_off"


_DRAFT, _SENT, _PAID = InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.PAID
_CANCELLED, _WRITTEN_OFF = InvoiceStatus.CANCELLED, InvoiceStatus.WRITTEN_OFF

# What each verb may be said to, and what may come of it: where it is one of two, what is then due
# decides. Deleting leaves a draft as it is, only hidden; duplicating leaves the first one alone.
TRANSITIONS: Final[Mapping[InvoiceVerb, Mapping[InvoiceStatus, frozenset[InvoiceStatus]]]] = {
    InvoiceVerb.UPDATE: {_DRAFT: frozenset({_DRAFT})},
    InvoiceVerb.DELETE: {_DRAFT: frozenset({_DRAFT})},
    InvoiceVerb.SEND: {_DRAFT: frozenset({_SENT, _PAID})},
    InvoiceVerb.RECORD_PAYMENT: {_SENT: frozenset({_SENT, _PAID})},
    InvoiceVerb.VOID_PAYMENT: {
        status: frozenset({_SENT}) for status in (_SENT, _PAID, _WRITTEN_OFF)
    },
    # PAID: what came to nothing is settled without any payment.
    InvoiceVerb.CANCEL: {status: frozenset({_CANCELLED}) for status in (_DRAFT, _SENT, _PAID)},
    InvoiceVerb.RESTORE: {_CANCELLED: frozenset({_DRAFT})},
    InvoiceVerb.DUPLICATE: {status: frozenset({status}) for status in InvoiceStatus},
    InvoiceVerb.WRITE_OFF: {_SENT: frozenset({_WRITTEN_OFF})},
}

_IS: Final[Mapping[InvoiceStatus, str]] = {
    _DRAFT: "is a draft",
    _SENT: "was sent already",
    _PAID: "is paid: nothing is due",
    _CANCELLED: "is cancelled",
    _WRITTEN_OFF: "was written off: nothing is due",
}


@dataclass(frozen=True)
class InvoiceState:
    """All of an invoice that decides what may be done with it.

    `has_payments` says that a payment stands: recorded, and not voided.
    """

    status: InvoiceStatus
    was_issued: bool
    has_payments: bool
    due_minor: int
    deleted: bool = False


@dataclass(frozen=True)
class Balance:
    """An issued invoice's account, in minor units: what it came to and what became of that."""

    total: int
    paid: int = 0
    refunded: int = 0
    credited: int = 0
    written_off: int = 0

    @property
    def due(self) -> int:
        """What is still to come: total - (paid - refunded + credited + written off)."""
        return self.total - (self.paid - self.refunded + self.credited + self.written_off)

    @property
    def payment_status(self) -> PaymentStatus:
        """Whether the money came: all of it, some, none, or none that was not given back."""
        kept = self.paid - self.refunded
        if self.refunded and kept <= 0:
            return "refunded"
        if kept >= self.total - self.credited:
            return "paid"
        return "partially_paid" if kept else "unpaid"


def amount_due(status: InvoiceStatus, balance: Balance) -> int:
    """Return what is due in minor units: nothing on a draft and on a cancelled invoice."""
    return 0 if status in (_DRAFT, _CANCELLED) else balance.due


def payment_status(status: InvoiceStatus, balance: Balance) -> PaymentStatus:
    """Return whether the money came: for a draft and a cancelled invoice none can have."""
    if status in (_DRAFT, _CANCELLED) and not balance.refunded:
        return "unpaid"
    return balance.payment_status


def status_after_balance(status: InvoiceStatus, due_minor: int) -> InvoiceStatus:
    """Return the status that an invoice has once this is due: PAID at nothing, SENT at something.

    A draft and a cancelled invoice stay so; what was written off stays so while nothing is due.
    """
    if status in (_DRAFT, _CANCELLED):
        return status
    if due_minor:
        return _SENT
    return _WRITTEN_OFF if status == _WRITTEN_OFF else _PAID


def is_overdue(
    due_date: date | None, today: date, *, status: InvoiceStatus, due_minor: int
) -> bool:
    """Tell whether money should have come before today."""
    return status == _SENT and due_minor > 0 and due_date is not None and due_date < today


def check(verb: InvoiceVerb, state: InvoiceState, *, invoice: str = "This invoice") -> None:
    """Raise Refusal where a verb may not be said to an invoice now: why, and the way out.

    `invoice` names it at the beginning of the sentence ("Invoice INV-7").
    """
    objection = _objection(verb, state)
    if objection is not None:
        raise Refusal(f"{invoice} {objection}.")


def available_verbs(state: InvoiceState) -> list[InvoiceVerb]:
    """Return what may be done with an invoice now."""
    return [verb for verb in InvoiceVerb if _objection(verb, state) is None]


def _objection(verb: InvoiceVerb, state: InvoiceState) -> str | None:
    if state.deleted:
        return "was deleted; restore it to go on with it"
    if verb == InvoiceVerb.VOID_PAYMENT and not state.has_payments:
        return "has no payment that could be voided"
    if state.status not in TRANSITIONS[verb]:
        return f"{_IS[state.status]}; {_way_out(verb, state)}"
    if verb in (InvoiceVerb.RECORD_PAYMENT, InvoiceVerb.WRITE_OFF) and state.due_minor <= 0:
        return "has nothing due"
    if verb == InvoiceVerb.CANCEL and state.has_payments:
        return "has a payment on it and cannot be cancelled; void the payment first"
    if verb == InvoiceVerb.RESTORE and state.was_issued:
        return "was issued before it was cancelled and cannot be restored; duplicate it instead"
    return None


def _way_out(verb: InvoiceVerb, state: InvoiceState) -> str:
    """Say what can be done instead, where the status stands against a verb."""
    match state.status, verb:
        case ((InvoiceStatus.DRAFT | InvoiceStatus.SENT), InvoiceVerb.RESTORE):
            return "there is nothing to restore"
        case InvoiceStatus.DRAFT, InvoiceVerb.WRITE_OFF:
            return "delete it instead"
        case InvoiceStatus.DRAFT, _:
            return "send it first"
        case InvoiceStatus.SENT, InvoiceVerb.SEND:
            return "record a payment when it comes, or cancel the invoice"
        case InvoiceStatus.SENT, _:
            return "cancel it instead, and duplicate it for a draft that can be changed"
        case InvoiceStatus.PAID, _ if state.has_payments:
            return "if a payment is wrong, void that first"
        case InvoiceStatus.CANCELLED, _ if not state.was_issued:
            return "restore it to go on with it"
        case _:
            return "duplicate it for a new draft"
