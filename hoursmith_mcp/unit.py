"""One unit of work: everything that one call is, in one transaction.

Actor and permission → validation → repeat check → run → dump → events, activity, stored answer.
It awaits nothing but its session and waits for no client, so the writer of SQLite can drive it in
its own thread.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hoursmith_mcp.access.actor import REST, Caller
from hoursmith_mcp.access.authentication import authenticate, permit
from hoursmith_mcp.access.blindness import hide_in, without_money
from hoursmith_mcp.actions import permitted
from hoursmith_mcp.call import Call, Change, Repeated
from hoursmith_mcp.changes import Changed
from hoursmith_mcp.confirmation import ask
from hoursmith_mcp.core.ids import id_after
from hoursmith_mcp.errors import Conflict, HoursmithError, InvalidInput, PreconditionFailed
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.questions import CONFIRM, Question
from hoursmith_mcp.schemas.keeping import FOR_A_DAY, holds, kept

if TYPE_CHECKING:
    from pydantic import BaseModel

    from hoursmith_mcp.access.actor import Actor
    from hoursmith_mcp.schemas.base import Public
    from hoursmith_mcp.store.journal import Journal
    from hoursmith_mcp.store.session import Session
    from hoursmith_mcp.webhooks.outbound import Outbound

MOST_KEY_CHARACTERS = 255
PRUNED_EVERY = 64
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Answer:
    """What a call is answered with."""

    data: dict[str, Any]
    replayed: bool = False
    question: Question | None = None
    changed: Changed | None = None

    @cached_property
    def text(self) -> str:
        """The whole answer as compact JSON."""
        return compact_json(self.data)


@dataclass(frozen=True)
class Expected:
    """What must still be there as the caller last saw it, or the call is not run.

    It is read by an operation of its own, in the transaction of the call; `holds` is given what the
    caller would be shown of it now.
    """

    operation: Operation
    given: Mapping[str, Any]
    holds: Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Unit:
    """One call of one operation, ready to be run in a transaction."""

    operation: Operation
    caller: Caller
    given: Mapping[str, Any]
    key: str | None
    entropy: Callable[[int], bytes]
    journal_mode: str
    may: Callable[[Actor, str, Mapping[str, Any]], bool]
    look_up: Callable[[str], Operation | None]
    used: Callable[[Actor, int], None]
    outbound: Outbound
    asking: bool = False
    choosing: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict[str, str])
    confirm: str | None = None
    expected: Expected | None = None
    toolsets: frozenset[str] = frozenset()

    @property
    def writing(self) -> bool:
        """Whether anything may be stored: a change, a proposal, or that a question was asked."""
        return self.operation.proposes or not self.operation.read_only

    async def run(self, session: Session) -> Answer:
        """Run the call; whatever it raises leaves nothing behind.

        Events and the stored answer are the same whoever calls; what is answered holds and offers
        only what the caller may see and do as they are now.
        """
        actor, row = await authenticate(session, self.caller, writing=self.writing)
        try:
            return await self._run_for(actor, session, row.last_sequence)
        except HoursmithError as error:
            if actor.blind:
                hide_in(error)
            raise

    async def _run_for(self, actor: Actor, session: Session, last_sequence: int) -> Answer:
        from hoursmith_mcp.store.reach import Store

        self.used(actor, session.now_us)
        permit(actor, self.operation)
        not_here = () if self.caller.door == REST else self.operation.rest_only
        seen = self.operation.seen(blind=actor.blind)
        arguments = seen.arguments.read(self.taken, not_here=not_here)
        store = Store(session, actor_member_id=actor.member_id, journal_mode=self.journal_mode)
        if self.key is not None and (stored := await self._stored(store, self.key)) is not None:
            return self._offering(stored, actor)
        keyed = self.key is not None
        name = self.operation.name
        call = Call(
            actor,
            store,
            name,
            session.now_us,
            self.entropy,
            self.outbound,
            keyed,
            self.toolsets,
            self.look_up,
        )
        if self.expected is not None:
            await self._compare(self.expected, call)
        question = await self._question(call, arguments)
        if question is not None:
            return Answer(_unanswered(question), question=question)
        session.journal = self._journal()
        try:
            result = await self.operation(call, **arguments)
        except Repeated as repeated:
            told = {**json.loads(repeated.answer), "repeated": True}
            return self._offering(Answer(told, replayed=True), actor)
        answer = Answer(dump(result), changed=_changed(actor, call))
        if not self.operation.read_only:
            ledger = _Ledger(session, actor, self, call)
            await ledger.write(_stored_text(result, answer), last_sequence)
        return self._offering(answer, actor)

    async def _compare(self, expected: Expected, call: Call) -> None:
        """Raise PreconditionFailed where what the caller would be shown is not as they expect."""
        one = expected.operation
        permit(call.actor, one)
        looking = replace(call, operation_name=one.name, changes=[])
        seen = await one(looking, **one.arguments.read(expected.given))
        shown = self._shown(dump(seen), call.actor, one)
        if not expected.holds(shown):
            raise PreconditionFailed(
                "It was changed since you read it, so nothing was stored: read it again first."
            )

    def _journal(self) -> Journal | None:
        """Return what remembers the rows of what can be taken back."""
        undo = self.operation.undo
        if undo is None or undo.why_not:
            return None
        from hoursmith_mcp.store.journal import Journal

        return Journal()

    def _offering(self, answer: Answer, actor: Actor) -> Answer:
        """Return the answer without what this caller may not see, or not do."""
        data = self._shown(answer.data, actor, self.operation)
        return answer if data is answer.data else replace(answer, data=data)

    def _shown(self, data: dict[str, Any], actor: Actor, one: Operation) -> dict[str, Any]:
        seen = without_money(data, one.result) if actor.blind else data
        return permitted(seen, lambda name, thing: self.may(actor, name, thing))

    @cached_property
    def taken(self) -> dict[str, Any]:
        """The arguments that the operation runs with: given, or chosen by a person since."""
        return {**self.given, **self.chosen}

    @cached_property
    def given_hash(self) -> str:
        """A hash of what was given, to tell a repeat from another call under the same key."""
        return _hash(self.given)

    @cached_property
    def taken_hash(self) -> str:
        """A hash of the arguments that the operation runs with."""
        return _hash(self.taken)

    async def _question(self, call: Call, arguments: dict[str, Any]) -> Question | None:
        """Return what is to be asked first, if anything is."""
        one = self.operation
        if self.choosing and one.offers is not None:
            question = await one.offers(call, **arguments)
            if question is not None and question.argument not in self.taken:
                return question
        if self.asking and one.asks is not None:
            return await ask(self, call, await one.asks(call, **arguments))
        return None

    async def _stored(self, store: Any, key: str) -> Answer | None:
        if not key or len(key) > MOST_KEY_CHARACTERS or not key.isprintable():
            raise InvalidInput(
                f"The key must have 1 to {MOST_KEY_CHARACTERS} printable characters."
            )
        found = await store.answers.by_key(self.operation.name, key)
        if found is None:
            return None
        if found.arguments_hash != self.given_hash:
            raise Conflict(
                f"That key was used for another {self.operation.name}: take a new key for a new "
                "call, and the same arguments to repeat the old one."
            )
        return Answer(json.loads(found.answer), replayed=True)


class _Ledger:
    """What a change leaves behind beside its rows: events, activity, the stored answer."""

    def __init__(self, session: Session, actor: Actor, unit: Unit, call: Call) -> None:
        self._session = session
        self._actor = actor
        self._unit = unit
        self._call = call

    async def write(self, answer: str, last_sequence: int) -> None:
        from hoursmith_mcp.store.journal import write_journal
        from hoursmith_mcp.store.queries.ledger import write_changes

        changes = self._call.changes
        rows = await self._session.changed_rows()
        if changes:
            events: list[dict[str, Any]] = []
            activities: list[dict[str, Any]] = []
            for change in changes:
                data = kept(change.model)
                text = compact_json(data)
                if change.is_event:
                    sequence = last_sequence + len(events) + 1
                    events.append(self._event(change, data, text, sequence))
                activities.append(self._activity(change, data, text, len(activities)))
            activities[0]["rows"] = write_journal(rows) or None
            await write_changes(self._session, events, activities)
        if self._unit.key is not None or self._call.sameness is not None:
            await self._store_answer(answer)
        # A unit of several events may step over a multiple.
        if (last_sequence + len(changes)) // PRUNED_EVERY > last_sequence // PRUNED_EVERY:
            store = self._call.store
            for short_lived in (store.answers, store.confirmations, store.proposals):
                await short_lived.forget_expired()

    def _event(
        self, change: Change, data: dict[str, Any], text: str, sequence: int
    ) -> dict[str, Any]:
        is_project = change.type.startswith("project.")
        return {
            "id": self._call.new_id("ev"),
            "sequence": sequence,
            "type": change.type,
            "version": 1,
            "subject_id": data["id"],
            "project_id": data.get("project_id") or (data["id"] if is_project else None),
            "member_id": data.get("user_id"),
            "data": text,
            "occurred_at": self._session.now_us,
        }

    def _activity(
        self, change: Change, data: dict[str, Any], text: str, place: int
    ) -> dict[str, Any]:
        """Return a line; within a unit the ids have the order of what was done."""
        caller = self._unit.caller
        before = compact_json(kept(change.before)) if change.before is not None else None
        return {
            "id": id_after(self._call.unit_id, place),
            "unit_id": self._call.unit_id,
            "at": self._session.now_us,
            "member_id": self._actor.member_id,
            "token_id": self._actor.token_id,
            "door": caller.door,
            "client": caller.client_label,
            "run": caller.run_label,
            "operation": self._unit.operation.name,
            "subject_id": data["id"],
            "before": text if change.gone else before,
            "after": None if change.gone else text,
            "type": change.type,
            "undoes": change.undoes,
            "rows": None,
        }

    async def _store_answer(self, answer: str) -> None:
        from hoursmith_mcp.store.tables import StoredAnswer

        row = {
            "id": self._call.unit_id,
            "member_id": self._actor.member_id,
            "operation": self._unit.operation.name,
            "key": self._unit.key,
            "arguments_hash": self._unit.given_hash
            if self._unit.key is not None
            else self._unit.taken_hash,
            "sameness": self._call.sameness,
            "answer": answer,
            "created_at": self._session.now_us,
        }
        await self._session.insert(StoredAnswer, row)


def _stored_text(result: BaseModel, answer: Answer) -> str:
    """Return an answer as it is stored for callers that retry: what opens a door is shown once."""
    if not holds(result, FOR_A_DAY):
        return answer.text
    return compact_json(kept(result, FOR_A_DAY))


def _unanswered(question: Question) -> dict[str, Any]:
    """Return a question as the answer of a call whose door cannot ask it."""
    return {"would": question.message, CONFIRM: question.options[0].value}


def _hash(arguments: Mapping[str, Any]) -> str:
    text = json.dumps(arguments, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _changed(actor: Actor, call: Call) -> Changed | None:
    """Return what others are to be told of once it is stored."""
    if not call.changes:
        return None
    kinds = frozenset(change.type.partition(".")[0] for change in call.changes)
    return Changed(actor.organization_id, kinds)


def dump(model: Public | Any) -> dict[str, Any]:
    """Return a public model as plain data, without what is absent."""
    data: dict[str, Any] = model.model_dump(mode="json", exclude_none=True)
    return data


def compact_json(data: Any) -> str:
    """Write JSON as short as it can be."""
    return _COMPACT.encode(data)
