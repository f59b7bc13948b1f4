"""Where a member's name was copied to, and may be taken out of again.

Time and tasks refer to a member by id. Copies are in the lines of drafts that are grouped by
member, in what was proposed for them, and in answers that are kept for callers that retry. What an
issued invoice says stays: the law wants it as it was.
"""

from __future__ import annotations

import json

from sqlalchemy import bindparam, delete, exists, update

from hoursmith_mcp.core.erasure import content_without_name, without_name
from hoursmith_mcp.store.session import Session, Shape, core_table
from hoursmith_mcp.store.statements import select
from hoursmith_mcp.store.tables import Invoice, InvoiceLine, Proposal, StoredAnswer
from hoursmith_mcp.store.tenancy import TENANT, scoped

ESCAPE = "/"

_line = core_table(InvoiceLine)
_invoice = core_table(Invoice)
_proposal = core_table(Proposal)
_answer = core_table(StoredAnswer)

_LINES = scoped(
    select(_line.c.id, _line.c.description.label("text"))
    .select_from(_line.join(_invoice, _invoice.c.id == _line.c.invoice_id))
    .where(_invoice.c.number.is_(None), _invoice.c.grouped_by.contains("member"))
)
_REWRITE_LINE = scoped(
    update(_line).where(_line.c.id == bindparam("id_")).values(description=bindparam("text"))
)
_PROPOSALS = scoped(
    select(_proposal.c.id, _proposal.c.content.label("text")).where(
        _proposal.c.content.contains('"member"')
    )
)
_made = exists().where(
    _invoice.c.proposal_id == _proposal.c.id, _invoice.c.organization_id == TENANT
)
# What became no invoice can be previewed again.
_FORGET_PROPOSAL = scoped(delete(_proposal).where(_proposal.c.id == bindparam("id_"), ~_made))
_REWRITE_PROPOSAL = scoped(
    update(_proposal).where(_proposal.c.id == bindparam("id_")).values(content=bindparam("text"))
)
_OWN_ANSWERS = scoped(delete(_answer).where(_answer.c.member_id == bindparam("member")))
_ANSWERS = scoped(
    select(_answer.c.id, _answer.c.answer.label("text")).where(
        _answer.c.answer.like(bindparam("pattern"), escape=ESCAPE)
    )
)
_FORGET_ANSWER = scoped(delete(_answer).where(_answer.c.id == bindparam("id_")))


class _Text(Shape):
    id: str
    text: str


class Erasures:
    """The copies of members' names in one organisation."""

    def __init__(self, session: Session) -> None:
        """Take a session."""
        self._session = session

    async def erase(self, member_id: str, name: str) -> None:
        """Take a member's name out of whatever may still be changed."""
        await self._rewrite_drafts(name)
        await self._rewrite_proposals(name)
        await self._forget_answers(member_id, name)

    async def _rewrite_drafts(self, name: str) -> None:
        for row in await self._session.all(_Text, _LINES):
            text = without_name(row.text, name)
            if text != row.text:
                await self._session.change(_REWRITE_LINE, id_=row.id, text=text)

    async def _rewrite_proposals(self, name: str) -> None:
        for row in await self._session.all(_Text, _PROPOSALS):
            content = json.loads(row.text)
            rewritten = content_without_name(content, name)
            if rewritten != content and not await self._session.change(
                _FORGET_PROPOSAL, id_=row.id
            ):
                text = json.dumps(rewritten, ensure_ascii=False)
                await self._session.change(_REWRITE_PROPOSAL, id_=row.id, text=text)

    async def _forget_answers(self, member_id: str, name: str) -> None:
        await self._session.change(_OWN_ANSWERS, member=member_id)
        pattern = _pattern(json.dumps(name, ensure_ascii=False)[1:-1])
        for row in await self._session.all(_Text, _ANSWERS, pattern=pattern):
            answer = json.loads(row.text)
            if content_without_name(answer, name) != answer:
                await self._session.change(_FORGET_ANSWER, id_=row.id)


def _pattern(text: str) -> str:
    """Return what LIKE finds a text with, wherever it stands."""
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return f"%{text}%"
