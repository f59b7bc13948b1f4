"""Leaving part of the work out of an invoice: by entry, by task or project, by words of a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import Candidate, fold, match_names
from hoursmith_mcp.core.refusal import Refusal, quoted


@dataclass(frozen=True)
class Exclusion:
    """What was asked to be left out, and the entries that it left out."""

    wanted: str
    times: tuple[BillableTime, ...]


def leave_out(
    times: Sequence[BillableTime], wanted: Sequence[str]
) -> tuple[list[BillableTime], list[Exclusion]]:
    """Return what is kept, and what each wish left out.

    A wish is an entry's id, else the name of a task or project (as names are found: whole, folded,
    by words), else words that a note holds. Raises Refusal for one that leaves out nothing.
    """
    exclusions = [Exclusion(wish, tuple(_meant(times, wish))) for wish in wanted]
    for exclusion in exclusions:
        if not exclusion.times:
            raise Refusal(
                f"{quoted(exclusion.wanted)} leaves out nothing: no entry here has that id, task, "
                "project or words in its note. Look at list_time_entries, or take it out."
            )
    gone = {time.id for exclusion in exclusions for time in exclusion.times}
    return [time for time in times if time.id not in gone], exclusions


def _meant(times: Sequence[BillableTime], wish: str) -> list[BillableTime]:
    word = wish.strip().lower()
    if looks_like_id(word, "te"):
        return [time for time in times if time.id == word]
    named = {
        **{time.task_id: time.task or "" for time in times if time.task_id is not None},
        **{time.project_id: time.project for time in times},
    }
    hits = match_names(wish, [Candidate(id_, name) for id_, name in named.items()])
    if hits:
        ids = {hit.id for hit in hits}
        return [time for time in times if time.task_id in ids or time.project_id in ids]
    key = fold(wish)
    return [time for time in times if key and key in fold(time.note)]
