"""An invoice's life: what may be said to it when, and what is due."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoursmith_mcp.core.invoices import (
    TRANSITIONS,
    Balance,
    InvoiceState,
    InvoiceStatus,
    InvoiceVerb,
    amount_due,
    available_verbs,
    check,
    is_overdue,
    payment_status,
    status_after_balance,
)
from hoursmith_mcp.core.refusal import Refusal

DRAFT, SENT, PAID, CANCELLED, WRITTEN_OFF = InvoiceStatus
DAY = date(2026, 11, 20)


def state(
    status: InvoiceStatus,
    *,
    issued: bool | None = None,
    payments: bool = False,
    due: int | None = None,
    deleted: bool = False,
) -> InvoiceState:
    was_issued = status not in (DRAFT, CANCELLED) if issued is None else issued
    due_minor = (100 if status == SENT else 0) if due is None else due
    return InvoiceState(status, was_issued, payments, due_minor, deleted)


def refusal(verb: InvoiceVerb, at: InvoiceState) -> str:
    with pytest.raises(Refusal) as caught:
        check(verb, at)
    return str(caught.value)


# What may be said


@pytest.mark.parametrize(
    ("at", "verbs"),
    [
        (state(DRAFT), "update delete send cancel duplicate"),
        (state(SENT), "record_payment cancel duplicate write_off"),
        (state(SENT, payments=True), "record_payment void_payment duplicate write_off"),
        (state(PAID, payments=True), "void_payment duplicate"),
        (state(PAID), "cancel duplicate"),
        (state(WRITTEN_OFF), "duplicate"),
        (state(WRITTEN_OFF, payments=True), "void_payment duplicate"),
        (state(CANCELLED), "restore duplicate"),
        (state(CANCELLED, issued=True), "duplicate"),
        (state(DRAFT, deleted=True), ""),
    ],
)
def test_every_state_has_its_verbs(at: InvoiceState, verbs: str) -> None:
    assert available_verbs(at) == verbs.split()


@pytest.mark.parametrize(
    ("verb", "at", "sentence"),
    [
        (
            InvoiceVerb.SEND,
            state(SENT),
            "This invoice was sent already; record a payment when it comes, or cancel the invoice.",
        ),
        (
            InvoiceVerb.UPDATE,
            state(SENT),
            "This invoice was sent already; cancel it instead, and duplicate it for a draft that "
            "can be changed.",
        ),
        (
            InvoiceVerb.CANCEL,
            state(SENT, payments=True),
            "This invoice has a payment on it and cannot be cancelled; void the payment first.",
        ),
        (
            InvoiceVerb.CANCEL,
            state(PAID, payments=True),
            "This invoice has a payment on it and cannot be cancelled; void the payment first.",
        ),
        (
            InvoiceVerb.SEND,
            state(PAID, payments=True),
            "This invoice is paid: nothing is due; if a payment is wrong, void that first.",
        ),
        (
            InvoiceVerb.SEND,
            state(PAID),
            "This invoice is paid: nothing is due; duplicate it for a new draft.",
        ),
        (
            InvoiceVerb.RECORD_PAYMENT,
            state(DRAFT),
            "This invoice is a draft; send it first.",
        ),
        (
            InvoiceVerb.RECORD_PAYMENT,
            state(SENT, due=0),
            "This invoice has nothing due.",
        ),
        (
            InvoiceVerb.VOID_PAYMENT,
            state(DRAFT),
            "This invoice has no payment that could be voided.",
        ),
        (
            InvoiceVerb.RESTORE,
            state(SENT),
            "This invoice was sent already; there is nothing to restore.",
        ),
        (
            InvoiceVerb.RESTORE,
            state(CANCELLED, issued=True),
            "This invoice was issued before it was cancelled and cannot be restored; duplicate it "
            "instead.",
        ),
        (
            InvoiceVerb.SEND,
            state(CANCELLED),
            "This invoice is cancelled; restore it to go on with it.",
        ),
        (
            InvoiceVerb.SEND,
            state(CANCELLED, issued=True),
            "This invoice is cancelled; duplicate it for a new draft.",
        ),
        (
            InvoiceVerb.WRITE_OFF,
            state(DRAFT),
            "This invoice is a draft; delete it instead.",
        ),
        (
            InvoiceVerb.RECORD_PAYMENT,
            state(WRITTEN_OFF),
            "This invoice was written off: nothing is due; duplicate it for a new draft.",
        ),
        (
            InvoiceVerb.UPDATE,
            state(DRAFT, deleted=True),
            "This invoice was deleted; restore it to go on with it.",
        ),
    ],
)
def test_a_refusal_says_why_and_the_way_out(
    verb: InvoiceVerb, at: InvoiceState, sentence: str
) -> None:
    assert refusal(verb, at) == sentence


def test_a_refusal_names_the_invoice_where_it_is_told() -> None:
    with pytest.raises(Refusal, match=r"^Invoice INV-7 was sent already;"):
        check(InvoiceVerb.SEND, state(SENT), invoice="Invoice INV-7")


STATES = [
    InvoiceState(status, issued, payments, due, deleted)
    for status, issued, payments, due, deleted in product(
        InvoiceStatus, (False, True), (False, True), (0, 100), (False, True)
    )
]


@pytest.mark.parametrize("verb", InvoiceVerb)
def test_what_is_available_is_what_is_not_refused(verb: InvoiceVerb) -> None:
    for at in STATES:
        if verb in available_verbs(at):
            check(verb, at)
            assert at.status in TRANSITIONS[verb]
        else:
            sentence = refusal(verb, at)
            assert sentence.endswith(".")
            assert sentence.count(".") == 1


def steps(status: InvoiceStatus, *without: InvoiceVerb) -> set[InvoiceStatus]:
    return {
        after
        for verb, moves in TRANSITIONS.items()
        if verb not in without
        for after in moves.get(status, ())
    }


def reachable(status: InvoiceStatus, *without: InvoiceVerb) -> set[InvoiceStatus]:
    seen = {status}
    while (more := seen.union(*(steps(one, *without) for one in seen))) != seen:
        seen = more
    return seen


def test_the_table_has_every_verb() -> None:
    assert set(TRANSITIONS) == set(InvoiceVerb)


def test_every_status_can_be_reached_from_a_draft() -> None:
    assert reachable(DRAFT) == set(InvoiceStatus)


def test_what_is_paid_is_never_cancelled_while_the_money_is_there() -> None:
    assert InvoiceVerb.CANCEL not in available_verbs(state(PAID, payments=True))
    assert CANCELLED not in steps(PAID, InvoiceVerb.CANCEL)
    without = (InvoiceVerb.VOID_PAYMENT, InvoiceVerb.CANCEL)
    assert reachable(PAID, *without) == {PAID}
    assert reachable(WRITTEN_OFF, InvoiceVerb.VOID_PAYMENT) == {WRITTEN_OFF}


def test_nothing_but_restoring_makes_a_draft_again() -> None:
    for status in (SENT, PAID, WRITTEN_OFF, CANCELLED):
        assert DRAFT not in reachable(status, InvoiceVerb.RESTORE)


def test_what_is_cancelled_stays_so_or_is_a_draft() -> None:
    assert steps(CANCELLED) == {CANCELLED, DRAFT}
    assert steps(DRAFT) == {DRAFT, SENT, PAID, CANCELLED}


# What is due


@pytest.mark.parametrize(
    ("balance", "due", "payment_status"),
    [
        (Balance(100), 100, "unpaid"),
        (Balance(100, paid=40), 60, "partially_paid"),
        (Balance(100, paid=100), 0, "paid"),
        (Balance(100, paid=100, refunded=40), 40, "partially_paid"),
        (Balance(100, paid=100, refunded=100), 100, "refunded"),
        (Balance(100, paid=100, refunded=100, credited=100), 0, "refunded"),
        (Balance(100, paid=40, credited=60), 0, "paid"),
        (Balance(100, credited=100), 0, "paid"),
        (Balance(100, written_off=100), 0, "unpaid"),
        (Balance(100, paid=40, written_off=60), 0, "partially_paid"),
        (Balance(0), 0, "paid"),
    ],
)
def test_the_balance_says_what_is_due_and_what_came(
    balance: Balance, due: int, payment_status: str
) -> None:
    assert (balance.due, balance.payment_status) == (due, payment_status)


@pytest.mark.parametrize("status", InvoiceStatus)
def test_a_draft_and_a_cancelled_invoice_are_not_paid(status: InvoiceStatus) -> None:
    unsettled = status in (DRAFT, CANCELLED)
    assert payment_status(status, Balance(0)) == ("unpaid" if unsettled else "paid")
    assert payment_status(status, Balance(100, paid=100, refunded=100)) == "refunded"


def test_nothing_is_due_on_a_draft_or_a_cancelled_invoice() -> None:
    dues = {status: amount_due(status, Balance(100, paid=30)) for status in InvoiceStatus}
    assert dues == {DRAFT: 0, SENT: 70, PAID: 70, CANCELLED: 0, WRITTEN_OFF: 70}


@pytest.mark.parametrize(
    ("status", "due", "after"),
    [
        (SENT, 1, SENT),
        (SENT, 0, PAID),
        (PAID, 0, PAID),
        (PAID, 1, SENT),
        (WRITTEN_OFF, 0, WRITTEN_OFF),
        (WRITTEN_OFF, 1, SENT),
        (DRAFT, 0, DRAFT),
        (DRAFT, 1, DRAFT),
        (CANCELLED, 0, CANCELLED),
        (CANCELLED, 1, CANCELLED),
    ],
)
def test_paid_means_that_nothing_is_due_and_sent_that_something_is(
    status: InvoiceStatus, due: int, after: InvoiceStatus
) -> None:
    assert status_after_balance(status, due) == after


def test_an_invoice_is_overdue_from_the_day_after_it_was_due() -> None:
    assert not is_overdue(DAY, DAY, status=SENT, due_minor=1)
    assert is_overdue(DAY, date(2026, 11, 21), status=SENT, due_minor=1)
    assert not is_overdue(DAY, date(2026, 11, 21), status=SENT, due_minor=0)
    assert not is_overdue(None, DAY, status=SENT, due_minor=1)
    for status in (DRAFT, PAID, CANCELLED, WRITTEN_OFF):
        assert not is_overdue(DAY, date(2027, 1, 1), status=status, due_minor=1)


@settings(max_examples=200)
@given(st.integers(0, 3), st.lists(st.integers(0, 10**6), max_size=25))
def test_any_life_keeps_its_balance_and_its_table(total: int, choices: list[int]) -> None:
    """Do what is available, in any order, and keep the account of it."""
    status, issued, deleted = DRAFT, False, False
    payments: list[int] = []
    written_off = 0
    for choice in choices:
        balance = Balance(total, paid=sum(payments), written_off=written_off)
        due = amount_due(status, balance)
        verbs = available_verbs(InvoiceState(status, issued, bool(payments), due, deleted))
        if not verbs:
            assert deleted
            return
        verb = verbs[choice % len(verbs)]
        before = status
        match verb:
            case InvoiceVerb.SEND:
                status, issued = SENT, True
            case InvoiceVerb.RECORD_PAYMENT:
                payments.append(1 + choice % due)
            case InvoiceVerb.VOID_PAYMENT:
                payments.pop()
            case InvoiceVerb.WRITE_OFF:
                status, written_off = WRITTEN_OFF, written_off + due
            case InvoiceVerb.CANCEL:
                status = CANCELLED
            case InvoiceVerb.RESTORE:
                status = DRAFT
            case InvoiceVerb.DELETE:
                deleted = True
            case InvoiceVerb.UPDATE | InvoiceVerb.DUPLICATE:
                pass
        after = Balance(total, paid=sum(payments), written_off=written_off)
        status = status_after_balance(status, after.due)
        assert status in TRANSITIONS[verb][before]
        assert (status == SENT) == (amount_due(status, after) > 0)
        assert after.due >= 0
        assert not (status == CANCELLED and payments)
        assert issued or status in (DRAFT, CANCELLED)
