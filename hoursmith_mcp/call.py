"""The call: what an operation is given to do its work with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.access.tokens import mint_token
from hoursmith_mcp.core.dates import parse_day
from hoursmith_mcp.core.ids import ENTROPY_BYTES, new_id
from hoursmith_mcp.core.instants import local_day
from hoursmith_mcp.core.periods import BEGINNING, Period, parse_period
from hoursmith_mcp.core.refusal import Refusal
from hoursmith_mcp.errors import Conflict, Forbidden, InvalidInput

if TYPE_CHECKING:
    from hoursmith_mcp.access.actor import Actor
    from hoursmith_mcp.access.roles import Role, Scope
    from hoursmith_mcp.access.tokens import TokenParts
    from hoursmith_mcp.operation import Operation
    from hoursmith_mcp.schemas.base import Public
    from hoursmith_mcp.store.reach import Store
    from hoursmith_mcp.webhooks.outbound import Outbound


@dataclass(frozen=True)
class Change:
    """Something that a call did: a line of activity for people, and an event for machines.

    It `is_event` unless no thing is another by it.
    """

    type: str
    model: Public
    before: Public | None
    gone: bool
    undoes: str | None = None
    is_event: bool = True


class Repeated(Exception):
    """The call was made before; its answer of then is the answer now."""

    def __init__(self, answer: str) -> None:
        """Take the stored answer, as JSON."""
        super().__init__()
        self.answer = answer


@dataclass
class Call:
    """One call of one operation: who, when, and everything that can be reached.

    `now_us` and `new_id` are an operation's only source of time and of chance.
    """

    actor: Actor
    store: Store
    operation_name: str
    now_us: int
    entropy: Callable[[int], bytes]
    outbound: Outbound
    keyed: bool = False
    toolsets: frozenset[str] = frozenset()
    look_up: Callable[[str], Operation | None] = field(default=lambda name: None)
    changes: list[Change] = field(default_factory=list["Change"])
    sameness: str | None = None

    @cached_property
    def unit_id(self) -> str:
        """The id of what this call changes, and of the first line of activity that tells of it."""
        return self.new_id("act")

    @cached_property
    def today(self) -> date:
        """The day it is for the member who calls."""
        return local_day(self.now_us, self.actor.zone)

    @cached_property
    def organization_today(self) -> date:
        """The day it is for the business: what is issued and due goes by it, whoever asks."""
        return local_day(self.now_us, self.actor.organization_zone)

    @property
    def only_of(self) -> str | None:
        """Whose things alone the caller may change: a MEMBER's own; None is everybody's."""
        return self.actor.member_id if self.actor.role < Role.MANAGER else None

    def new_id(self, prefix: str) -> str:
        """Make an id: the prefix of its thing and a ULID."""
        return new_id(prefix, self.now_us, self.entropy(ENTROPY_BYTES))

    def permit(self, scope: Scope, least: Role) -> None:
        """Raise Forbidden where the actor may not do what this one call turns out to be."""
        if self.actor.role < least:
            raise Forbidden(f"That needs the role {least.name} or a higher one.")
        if scope not in self.actor.scopes:
            raise Forbidden(f"That needs a token with the scope {scope}.", scope=scope)

    def may(self, scope: Scope, least: Role) -> bool:
        """Say whether the actor may do what needs this role and scope."""
        return self.actor.role >= least and scope in self.actor.scopes

    def permit_over(self, role: Role) -> None:
        """Raise Forbidden where the actor may not decide about somebody of that role."""
        if role is Role.OWNER and self.actor.role is not Role.OWNER:
            raise Forbidden("Only an owner makes, changes or removes owners.")

    def new_token(self) -> tuple[str, TokenParts]:
        """Make a token for a member of the organisation, and what of it is stored."""
        return mint_token(live=self.actor.live, random_bytes=self.entropy)

    def day(self, text: str, argument: str) -> date:
        """Read a day that has been; raises InvalidInput that names the argument."""
        with reading(argument):
            return parse_day(text, self.today)

    def due_day(self, text: str, argument: str) -> date:
        """Read a day that may be yet to come; raises InvalidInput that names the argument."""
        with reading(argument):
            return parse_day(text, self.today, toward="future")

    def period(self, text: str, argument: str) -> Period:
        """Read a period; raises InvalidInput that names the argument."""
        with reading(argument):
            return parse_period(
                text,
                self.today,
                week_start=self.actor.week_start,
                fiscal_start=self.actor.fiscal_year_start,
            )

    def days(self, period: str | None, from_date: str | None, to_date: str | None) -> Period | None:
        """Read a period, or its first and last day, each of which may be left open.

        None where nothing is said; raises InvalidInput for both, and for what runs backwards.
        """
        if period is not None:
            ends = {"from_date": from_date, "to_date": to_date}
            said = [name for name, text in ends.items() if text is not None]
            if said:
                sentence = f"Give a period, or {' and '.join(said)}, not both."
                raise InvalidInput(sentence, fields=dict.fromkeys(("period", *said), sentence))
            return self.period(period, "period")
        if from_date is None and to_date is None:
            return None
        last = self.day(to_date, "to_date") if to_date is not None else self.today
        first = self.day(from_date, "from_date") if from_date is not None else BEGINNING
        if last < first:
            raise _backwards(first, last)
        return Period(first, last)

    def emit(
        self,
        type: str,
        model: Public,
        *,
        before: Public | None = None,
        gone: bool = False,
        undoes: str | None = None,
    ) -> None:
        """Note a change: `model` as it is now, or as it last was where it is `gone`.

        `undoes` is the unit whose change it takes back.
        """
        self.changes.append(Change(type, model, before, gone, undoes))

    def note(self, type: str, model: Public) -> None:
        """Note what was done about a thing that is none the other for it: activity, no event."""
        self.changes.append(Change(type, model, model, gone=False, is_event=False))

    async def answer_repeats(self, *parts: object, allow_duplicate: bool) -> None:
        """Answer a create that equals the member's own of the last two minutes with that one.

        `parts` are what makes two calls equal, after names and dates were resolved. Agents retry
        and call in parallel; without a key this is what keeps an hour from being logged twice. A
        key, where there is one, decides alone.
        """
        text = json.dumps([self.operation_name, *parts], default=str)
        self.sameness = hashlib.sha256(text.encode()).hexdigest()
        if allow_duplicate or self.keyed:
            return
        answer = await self.store.answers.same(self.sameness, self.now_us)
        if answer is not None:
            raise Repeated(answer)


def _backwards(first: date, last: date) -> InvalidInput:
    """Return the refusal of days that end before they begin."""
    sentence = f"to_date ({last}) is before from_date ({first}); swap them."
    return InvalidInput(sentence, fields={"from_date": sentence, "to_date": sentence})


@contextmanager
def reading(argument: str) -> Generator[None]:
    """Turn a refusal of the core into InvalidInput that names the argument."""
    try:
        yield
    except Refusal as refusal:
        sentence = f"{argument}: {refusal}"
        raise InvalidInput(sentence, fields={argument: sentence}) from None


@contextmanager
def refusing() -> Generator[None]:
    """Turn a refusal of the core into Conflict: what is there already forbids the call."""
    try:
        yield
    except Refusal as refusal:
        raise Conflict(str(refusal)) from None
