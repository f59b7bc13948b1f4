"""Leaving part of the work out of an invoice: by entry, by task or project, by words of a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hoursmith_mcp.core.billable_time import BillableTime
from hoursmith_mcp.core.bills import Fee, OpenWork, Unpriced
from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import Candidate, fold, match_names
from hoursmith_mcp.core.refusal import Refusal, quoted

Entry = BillableTime | Unpriced


@dataclass(frozen=True)
class Exclusion:
    """What was asked to be left out, and the entries and fees that it left out."""

    wanted: str
    entries: tuple[Entry, ...]
    fees: tuple[Fee, ...] = ()


def leave_out(work: OpenWork, wanted: Sequence[str]) -> tuple[OpenWork, list[Exclusion]]:
    """Return what is kept of open work, and what each wish left out.

    A wish is an entry's id, else the name of a task or project (as names are found: whole, folded,
    by words), its fee included, else words that a note holds. Raises Refusal for one that leaves
    out nothing.
    """
    exclusions = [_meant(work, wish) for wish in wanted]
    for exclusion in exclusions:
        if not exclusion.entries and not exclusion.fees:
            raise Refusal(
                f"{quoted(exclusion.wanted)} leaves out nothing: no entry here has that id, task, "
                "project or words in its note. Look at list_time_entries, or take it out."
            )
    gone = {entry.id for exclusion in exclusions for entry in exclusion.entries}
    uncharged = {fee.project_id for exclusion in exclusions for fee in exclusion.fees}
    kept = replace(
        work,
        times=tuple(time for time in work.times if time.id not in gone),
        unpriced=tuple(one for one in work.unpriced if one.id not in gone),
        fees=tuple(fee for fee in work.fees if fee.project_id not in uncharged),
    )
    return kept, exclusions


def _meant(work: OpenWork, wish: str) -> Exclusion:
    entries: list[Entry] = [*work.times, *work.unpriced]
    word = wish.strip().lower()
    if looks_like_id(word, "te"):
        return Exclusion(wish, tuple(entry for entry in entries if entry.id == word))
    named = {
        **{entry.task_id: entry.task or "" for entry in entries if entry.task_id is not None},
        **{entry.project_id: entry.project for entry in entries},
        **{fee.project_id: fee.project for fee in work.fees},
    }
    hits = match_names(wish, [Candidate(id_, name) for id_, name in named.items()])
    if hits:
        ids = {hit.id for hit in hits}
        return Exclusion(
            wish,
            tuple(entry for entry in entries if entry.task_id in ids or entry.project_id in ids),
            tuple(fee for fee in work.fees if fee.project_id in ids),
        )
    key = fold(wish)
    return Exclusion(wish, tuple(entry for entry in entries if key and key in fold(entry.note)))
