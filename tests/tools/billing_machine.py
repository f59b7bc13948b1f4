"""A machine that does whatever can be done in a house that bills, in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, AsyncExitStack
from fractions import Fraction
from typing import Any, TypeVar

from billing_acts import BillingActs
from billing_choices import (
    back_days,
    custom_line,
    discounts,
    few,
    groupings,
    mostly,
    notes,
    policies,
    prices,
    seconds,
    taxes,
    which,
)
from billing_records import Client, Discount, Entry, Invoice, Policy, Project
from billing_truth import ORGANIZATION
from houses import Clock, InProcess, open_house
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

FRIDAY_MORNING_US = 1_795_167_000_000_000
STEPS_BETWEEN_LISTS = 4
STEPS_BETWEEN_ALL = 25
FEE_NAMES = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel")

Thing = TypeVar("Thing")


class Act:
    """Something that can be done: what is drawn for it, and when there is anything to do it to."""

    def __init__(
        self,
        do: Callable[..., None],
        given: st.SearchStrategy[dict[str, Any]],
        when: Callable[[BillingMachine], object],
    ) -> None:
        """Take all three."""
        self.do = do
        self.given = given
        self.when = when

    def __repr__(self) -> str:
        """Name it, for whoever reads what was drawn."""
        return self.do.__name__


ACTS: list[Act] = []
"""Everything that can be done, as many times as it is likely."""


def act(
    weight: int, when: Callable[[BillingMachine], object] = lambda _: True, **given: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let the machine do this; a rule of its own would be switched off in half of all runs."""

    def noted(do: Callable[..., None]) -> Callable[..., None]:
        ACTS.extend([Act(do, st.fixed_dictionaries(given), when)] * weight)
        return do

    return noted


def _has_entries(machine: BillingMachine) -> bool:
    return bool(machine.acts.truth.entries)


def _has_invoices(machine: BillingMachine) -> bool:
    return bool(machine.acts.truth.invoices)


class BillingMachine(RuleBasedStateMachine):
    """The billing loop, each step done to the product and to the truth."""

    def __init__(self, new_house: Callable[[], AbstractContextManager[str]]) -> None:
        """Take what yields the URL of an empty database."""
        super().__init__()
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self._house = new_house()
        self._broken = False
        self._steps = 0
        url = self._house.__enter__()
        clock = Clock(FRIDAY_MORNING_US)
        opening = self._stack.enter_async_context(open_house(url, clock=clock))
        self.acts = BillingActs(InProcess(*self._runner.run(opening)), clock, url)
        self._runner.run(self.acts.found())

    def teardown(self) -> None:
        """Compare everything, unless a step has failed, and leave nothing open."""
        try:
            if not self._broken:
                self._runner.run(self.acts.see_everything())
                self._runner.run(self.acts.is_sound())
        finally:
            self._runner.run(self._stack.aclose())
            self._runner.close()
            self._house.__exit__(None, None, None)

    def go(self, act: Coroutine[Any, Any, Any], *touched: Invoice) -> None:
        """Do a step, see what became of its invoice, and now and then of everything."""
        self._broken = True
        self._steps += 1

        async def step() -> None:
            await act
            for invoice in touched:
                await self.acts.see_invoice(invoice)
            if self._steps % STEPS_BETWEEN_LISTS == 0:
                await self.acts.see_lists()
            if self._steps % STEPS_BETWEEN_ALL == 0:
                await self.acts.see_everything()

        self.acts.clock.advance(seconds=1)
        self.acts.truth.now_us = self.acts.clock.now_us
        self._runner.run(step())
        self._broken = False

    # What there is to choose from.

    def client(self, place: int) -> Client:
        """Choose a client; most work is Acme's."""
        return list(self.acts.truth.clients.values())[place == 3]

    def hourly(self, place: int) -> Project:
        """Choose a project that is billed by the hour."""
        return [one for one in self.acts.truth.projects.values() if one.fee_minor is None][
            place % 3
        ]

    def fees(self) -> list[Project]:
        """Return the projects that have a fee."""
        return [one for one in self.acts.truth.projects.values() if one.fee_minor is not None]

    def entry(self, place: int, *, free: bool) -> Entry:
        """Choose an entry, the last one first; mostly one that is on no invoice."""
        entries = list(self.acts.truth.entries.values())
        open_ones = [one for one in entries if one.invoice is None and not one.deleted]
        return _last(open_ones if free and open_ones else entries, place)

    def invoice(self, place: int, fits: bool, *statuses: str) -> Invoice:
        """Choose an invoice, the last one first; where it fits, one of these statuses."""
        everything = self.acts.truth.invoices
        fitting = [one for one in everything if not one.deleted and one.status in statuses]
        return _last(fitting if fits and fitting else everything, place)

    @rule(data=st.data())
    def do(self, data: st.DataObject) -> None:
        """Do one of the things that can be done now."""
        possible = [one for one in ACTS if one.when(self)]
        chosen = data.draw(st.sampled_from(possible))
        chosen.do(self, **data.draw(chosen.given))

    # Time and prices.

    @initialize(durations=st.lists(seconds, min_size=2, max_size=4))
    def begin(self, durations: list[int]) -> None:
        """Log some time and agree on a fee."""
        for place, one in enumerate(durations):
            self.go(self._log(place, one, 0, True))
        self.go(self.acts.add_project("Zulu", self.client(0), 12_345))

    @act(
        2, place=few, duration=seconds, back=back_days, task=st.booleans(), note=notes, bill=mostly
    )
    def log(self, place: int, duration: int, back: int, task: bool, note: str, bill: bool) -> None:
        """Log time by the hour."""
        self.go(self._log(place, duration, back, task, note, bill))

    @act(4, place=few, durations=st.lists(seconds, min_size=2, max_size=4), back=back_days)
    def log_more(self, place: int, durations: list[int], back: int) -> None:
        """Log some time in a row."""
        for one in durations:
            self.go(self._log(place, one, back, False))

    @act(1, when=lambda self: self.fees(), place=which, duration=seconds)
    def log_for_fee(self, place: int, duration: int) -> None:
        """Log time that a fee covers."""
        project, day = _last(self.fees(), place), self.acts.truth.day()
        self.go(self.acts.log(project, duration, day, None, "", True))

    @act(
        2,
        when=_has_entries,
        place=which,
        free=mostly,
        changes=st.fixed_dictionaries(
            {}, optional={"seconds": seconds, "note": notes, "billable": mostly}
        ),
        back=st.none() | back_days,
        project=st.none() | few,
    )
    def edit(
        self, place: int, free: bool, changes: dict[str, Any], back: int | None, project: int | None
    ) -> None:
        """Correct an entry."""
        if back is not None:
            changes["day"] = self.acts.truth.day(back)
        if project is not None:
            changes["project"] = self.hourly(project)
        self.go(self.acts.edit(self.entry(place, free=free), changes))

    @act(1, when=_has_entries, place=which, free=st.booleans())
    def delete_entry(self, place: int, free: bool) -> None:
        """Delete an entry."""
        self.go(self.acts.delete_entry(self.entry(place, free=free)))

    @act(2, level=few, place=few, price=prices, back=st.integers(-2, 4))
    def rate(self, level: int, place: int, price: Fraction, back: int) -> None:
        """Set a rate at one of four levels."""
        project = self.hourly(place)
        places: list[Project | str] = [project, "task", project.client.name, ORGANIZATION]
        self.go(self.acts.rate(places[level], project.client, price, back))

    @act(1, level=few, place=few, policy=policies, inherits=st.booleans())
    def rounding(self, level: int, place: int, policy: Policy, inherits: bool) -> None:
        """Set how time is rounded at one of three levels."""
        project = self.hourly(place)
        places: list[Project | Client | None] = [project, project, project.client, None]
        of = places[level]
        self.go(self.acts.rounding(of, None if inherits and of is not None else policy))

    @act(1, level=few, percent=st.none() | taxes)
    def tax(self, level: int, percent: Fraction | None) -> None:
        """Set a tax."""
        self.go(self.acts.tax(None if level == 0 else self.client(level), percent))

    @act(1, place=few, address=st.none() | st.sampled_from(["A", "B"]), terms=st.none() | few)
    def change_client(self, place: int, address: str | None, terms: int | None) -> None:
        """Change what stands on the next invoices of a client."""
        self.go(self.acts.change_client(self.client(place), address, terms))

    @act(1, place=few, fee=st.integers(1, 500_000), new=mostly)
    def fee(self, place: int, fee: int, new: bool) -> None:
        """Agree on a fee, or on another one."""
        free = [one for one in FEE_NAMES if one not in self.acts.truth.projects]
        if new and free:
            self.go(self.acts.add_project(free[0], self.client(place), fee))
        elif self.fees():
            self.go(self.acts.change_fee(_last(self.fees(), place), fee))

    @act(2, hours=st.sampled_from([1, 1, 7, 7, 23, 40]))
    def wait(self, hours: int) -> None:
        """Let time pass."""
        self.acts.clock.advance(hours=hours)

    # Proposals and drafts.

    @act(
        2,
        place=few,
        project=st.none() | few,
        exclude=st.lists(which | st.sampled_from(["hosting", "Website", "Alpha"]), max_size=2),
        grouping=groupings,
        discount=discounts,
    )
    def preview(
        self,
        place: int,
        project: int | None,
        exclude: list[int | str],
        grouping: Sequence[str],
        discount: Discount,
    ) -> None:
        """Preview an invoice, and keep the proposal for later."""
        client = self.client(place)
        entries = self.acts.truth.open_entries(client)
        wishes: list[Entry | str] = [
            one if isinstance(one, str) else _last(entries, one)
            for one in exclude
            if isinstance(one, str) or entries
        ]
        mine = [one for one in self.acts.truth.projects.values() if one.client is client]
        projects = None if project is None else mine[project % len(mine) :]
        preview = self.acts.preview(
            client, projects=projects, exclude=wishes, grouping=grouping, discount=discount
        )
        self.go(preview)

    @act(3, when=lambda self: self.acts.truth.proposals, place=which)
    def create(self, place: int) -> None:
        """Make an invoice of a proposal that may be stale, or made already."""
        self.go(self.acts.create(_last(self.acts.truth.proposals, place)))

    @act(8, place=few, grouping=groupings, discount=discounts)
    def bill(self, place: int, grouping: Sequence[str], discount: Discount) -> None:
        """Preview and make it at once."""

        async def act() -> None:
            proposal = await self.acts.preview(
                self.client(place), grouping=grouping, discount=discount
            )
            if proposal is not None:
                await self.acts.create(proposal)

        self.go(act())

    @act(
        3,
        when=_has_invoices,
        place=which,
        fits=mostly,
        lines=st.none() | st.lists(custom_line, max_size=3),
        discount=st.none() | discounts,
        terms=st.none() | few,
    )
    def update_draft(
        self,
        place: int,
        fits: bool,
        lines: list[tuple[Fraction, Fraction, Fraction | None]] | None,
        discount: Discount | None,
        terms: int | None,
    ) -> None:
        """Change a draft."""
        draft = self.invoice(place, fits, "DRAFT")
        update = self.acts.update_draft(draft, lines=lines, discount=discount, terms_days=terms)
        self.go(update, draft)

    @act(2, when=_has_invoices, place=which, fits=mostly, back=st.booleans())
    def delete_draft(self, place: int, fits: bool, back: bool) -> None:
        """Delete a draft, and think better of it."""
        draft = self.invoice(place, fits, "DRAFT")
        self.go(self.acts.delete_draft(draft), draft)
        if back:
            self.go(self.acts.restore(draft), draft)

    @act(2, when=_has_invoices, place=which, fits=mostly)
    def restore(self, place: int, fits: bool) -> None:
        """Bring back what was put away."""
        away = [one for one in self.acts.truth.invoices if not one.is_live]
        invoice = _last(away if fits and away else self.acts.truth.invoices, place)
        self.go(self.acts.restore(invoice), invoice)

    @act(2, when=_has_invoices, place=which, fits=st.booleans())
    def duplicate(self, place: int, fits: bool) -> None:
        """Make a draft like another invoice."""
        invoice = self.invoice(place, fits, "CANCELLED")
        self.go(self.acts.duplicate(invoice), invoice)

    # What is issued.

    @act(7, when=_has_invoices, place=which, fits=mostly, back=st.none() | st.integers(-1, 2))
    def send(self, place: int, fits: bool, back: int | None) -> None:
        """Issue a draft."""
        draft = self.invoice(place, fits, "DRAFT")
        self.go(self.acts.send(draft, back), draft)

    @act(7, when=_has_invoices, place=which, fits=mostly, share=st.integers(1, 12))
    def pay(self, place: int, fits: bool, share: int) -> None:
        """Record a part of what is due, all of it, or one minor unit too much."""
        invoice = self.invoice(place, fits, "SENT")
        amounts = {11: None, 12: invoice.due + 1}
        self.go(self.acts.pay(invoice, amounts.get(share, 1 + invoice.due * share // 12)), invoice)

    @act(3, when=lambda self: any(one.payments for one in self.acts.truth.invoices), place=which)
    def void(self, place: int) -> None:
        """Void a payment, and see that it cannot be voided twice."""
        invoice = _last([one for one in self.acts.truth.invoices if one.payments], place)
        payment = _last(list(invoice.payments), place)
        self.go(self.acts.void(invoice, payment), invoice)
        self.go(self.acts.void(invoice, payment), invoice)

    @act(3, when=_has_invoices, place=which, fits=mostly)
    def cancel(self, place: int, fits: bool) -> None:
        """Cancel an invoice."""
        invoice = self.invoice(place, fits, "DRAFT", "SENT")
        self.go(self.acts.cancel(invoice), invoice)

    def _log(
        self,
        place: int,
        duration: int,
        back: int,
        task: bool,
        note: str = "",
        billable: bool = True,
    ) -> Coroutine[Any, Any, None]:
        day = self.acts.truth.day(back)
        named = "Design" if task else None
        return self.acts.log(self.hourly(place), duration, day, named, note, billable)


def _last(things: Sequence[Thing], place: int) -> Thing:
    """Choose one thing, the last one first: that is where most happens."""
    return things[-1 - place % len(things)]
