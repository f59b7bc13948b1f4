"""From what a person types to the one thing that is meant.

An id decides; else the exact name, then the folded one (the stored key), then words and prefixes.
Several hits never guess: the error holds the candidates. What is archived is found by reads, last,
and never by writes.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import Candidate, fold, match_names
from hoursmith_mcp.errors import HoursmithError, InvalidInput, NotFound
from hoursmith_mcp.store.session import Session
from hoursmith_mcp.store.tenancy import Scoped

MOST_CANDIDATES = 8
NEAR_ENOUGH = 0.5
OF_CONFINED = "find() lists what is there for you."


@dataclass(frozen=True)
class Kind:
    """How things of one kind are found by name.

    The statements take `key` (a folded name) or nothing, and answer `id`, `name` and `context`.
    """

    noun: str
    prefix: str
    by_key: Scoped
    live: Scoped
    archived: Scoped | None
    create: str
    owners: tuple[str, ...] = ()
    """What it belongs to, the nearest first: archived with any of them, it is archived, too."""
    owner: Kind | None = None
    """What the context of its candidates is the name of."""


@dataclass(frozen=True)
class Hit:
    """Something that a search found."""

    kind: str
    id: str
    name: str
    context: str
    archived: bool


async def find_id(
    session: Session,
    kind: Kind,
    text: str,
    *,
    writing: bool,
    whole: bool = False,
    **within: Any,
) -> str:
    """Return the id of the one thing that `text` means.

    `whole` takes whole names only; `within` narrows the statements (a task within its project).
    Raises NotFound with the nearest names, or InvalidInput with the candidates where several fit.
    """
    if looks_like_id(text.strip().lower(), kind.prefix):
        return text.strip().lower()
    keyed = await session.all(Candidate, kind.by_key, key=fold(text), **within)
    hits = match_names(text, _candidates(keyed), whole=True)
    if hits:
        return _only(kind, text, hits)
    live = _candidates(await session.all(Candidate, kind.live, **within))
    if hits := match_names(text, live, whole=whole):
        await _refuse_another_owner(session, kind, text, hits)
        return _only(kind, text, hits)
    archived = await _archived(session, kind, text, within)
    if archived and not writing:
        return _only(kind, text, archived)
    raise _not_found(kind, text, live, archived, _way_out(session, kind))


async def _refuse_another_owner(
    session: Session, kind: Kind, text: str, hits: list[Candidate]
) -> None:
    """Refuse what only its owner's name suggests, where that is another owner's whole name.

    Of the clients Acme and Acme Ltd, the second one's project is not what "acme" means.
    """
    folded = fold(text)
    if kind.owner is None or any(fold(hit.context) == folded for hit in hits):
        return
    if any(match_names(text, [replace(hit, context="")]) for hit in hits):
        return
    owner = await session.first(Candidate, kind.owner.by_key, key=folded)
    if owner is not None:
        near = ", ".join(hit.label for hit in hits[:MOST_CANDIDATES])
        raise NotFound(
            f"The {kind.owner.noun} {owner.name} has no {kind.noun}. {_way_out(session, kind)} "
            f"Near it: {near}.",
            candidates=_listed(hits),
        )


def _way_out(session: Session, kind: Kind) -> str:
    return kind.create if session.confinement is None else OF_CONFINED


async def _archived(
    session: Session, kind: Kind, text: str, within: dict[str, Any]
) -> list[Candidate]:
    if kind.archived is None:
        return []
    return match_names(text, _candidates(await session.all(Candidate, kind.archived, **within)))


def _candidates(rows: Sequence[Any]) -> list[Candidate]:
    return [Candidate(row.id, row.name, row.context or "") for row in rows]


def _only(kind: Kind, text: str, hits: list[Candidate]) -> str:
    if len(hits) == 1:
        return hits[0].id
    names = ", ".join(hit.label for hit in hits[:MOST_CANDIDATES])
    more = f" and {len(hits) - MOST_CANDIDATES} more" if len(hits) > MOST_CANDIDATES else ""
    raise InvalidInput(
        f'"{_echo(text)}" fits several {kind.noun}s: {names}{more}. '
        "Ask which is meant, then use one of these as it is written here, or its id.",
        candidates=_listed(hits),
        ambiguous=(kind.noun, text),
    )


def _not_found(
    kind: Kind, text: str, live: list[Candidate], archived: list[Candidate], way_out: str
) -> HoursmithError:
    if archived:
        subject = _either(archived[0].label, *(f"its {owner}" for owner in kind.owners))
        tools = _either(*(f"update_{noun}" for noun in (kind.noun, *kind.owners)))
        return NotFound(
            f"The {kind.noun} {subject} is archived; bring it back first with {tools}, by its id.",
            candidates=_listed(archived),
        )
    by_name: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in live:
        by_name[candidate.name.casefold()].append(candidate)
    near = difflib.get_close_matches(
        text.casefold(), by_name, n=MOST_CANDIDATES, cutoff=NEAR_ENOUGH
    )
    found = [one for name in near for one in by_name[name]][:MOST_CANDIDATES]
    hint = f" Near it: {', '.join(one.label for one in found)}." if found else ""
    return NotFound(
        f'There is no {kind.noun} "{_echo(text)}".{hint} {way_out}',
        candidates=_listed(found) or None,
    )


def _either(*choices: str) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _listed(candidates: list[Candidate]) -> list[dict[str, str]]:
    return [
        {"id": one.id, "name": one.name, **({"context": one.context} if one.context else {})}
        for one in candidates[:MOST_CANDIDATES]
    ]


def _echo(text: str) -> str:
    """Repeat what was typed, short and printable, so that a person sees the slip."""
    shown = "".join(character for character in text if character.isprintable())
    return shown if len(shown) <= 40 else shown[:40] + "…"
