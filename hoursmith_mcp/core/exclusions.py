"""Leaving part of the work out of an invoice: by entry, by task or project, by words of a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hoursmith_mcp.core.billable_time import OpenTime
from hoursmith_mcp.core.bills import Fee, OpenWork
from hoursmith_mcp.core.ids import looks_like_id
from hoursmith_mcp.core.names import Candidate, match_names
from hoursmith_mcp.core.refusal import Refusal, quoted

MOST_CANDIDATES = 8


@dataclass(frozen=True)
class Exclusion:
    """What was asked to be left out, and the entries and fees that it left out."""

    wanted: str
    entries: tuple[OpenTime, ...]
    fees: tuple[Fee, ...] = ()


class SeveralFit(Refusal):
    """A name fits several tasks or projects; nobody guesses which of them is meant."""

    def __init__(self, wanted: str, fitting: Sequence[Candidate]) -> None:
        """Take what was written and what it fits."""
        names = ", ".join(one.label for one in fitting[:MOST_CANDIDATES])
        more = len(fitting) - MOST_CANDIDATES
        super().__init__(
            f"{quoted(wanted)} fits several tasks or projects: {names}"
            f"{f' and {more} more' if more > 0 else ''}. Use one of these as it is written here, "
            "or its id."
        )
        self.fitting = tuple(fitting[:MOST_CANDIDATES])


def leave_out(work: OpenWork, wanted: Sequence[str]) -> tuple[OpenWork, list[Exclusion]]:
    """Return what is kept of open work, and what each wish left out.

    A wish is an entry's id, else the id or name of a task or project (as names are found: whole,
    folded, by words), its fee included, else words that a note holds, whole or their beginnings.
    Raises SeveralFit for a name that fits several, Refusal for one that leaves out nothing.
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


def lasting_wish(wish: str, named: Sequence[Candidate]) -> str:
    """Return a wish as it is kept for work to come, of a client with these tasks and projects.

    It is the id of the one that it names, so that no later name changes what is meant, else words
    as they are. Raises SeveralFit.
    """
    hits = match_names(wish, named)
    if len(hits) > 1:
        raise SeveralFit(wish, hits)
    return hits[0].id if hits else wish


def standing_wishes(work: OpenWork, wishes: Sequence[str]) -> list[str]:
    """Return what wishes for whatever comes mean for this work, as `leave_out` takes it.

    Words leave out all that they fit, names and notes, and what means other work nothing.
    """
    found: list[str] = []
    for wish in wishes:
        if hits := _fitting(work, wish):
            entries: list[OpenTime] = [*work.times, *work.unpriced]
            found += [hit.id for hit in hits]
            found += [entry.id for entry in entries if _notes(entry, wish)]
        elif _meant(work, wish).entries:
            found.append(wish)
    return list(dict.fromkeys(found))


def _fitting(work: OpenWork, wish: str) -> list[Candidate]:
    """Return the tasks and projects that a wish names."""
    named = _named(work, [*work.times, *work.unpriced])
    word = wish.strip().lower()
    return [named[word]] if word in named else match_names(wish, list(named.values()))


def _meant(work: OpenWork, wish: str) -> Exclusion:
    entries: list[OpenTime] = [*work.times, *work.unpriced]
    word = wish.strip().lower()
    if looks_like_id(word, "te"):
        return Exclusion(wish, tuple(entry for entry in entries if entry.id == word))
    hits = _fitting(work, wish)
    if len(hits) > 1:
        raise SeveralFit(wish, hits)
    if hits:
        meant = hits[0].id
        return Exclusion(
            wish,
            tuple(entry for entry in entries if meant in (entry.task_id, entry.project_id)),
            tuple(fee for fee in work.fees if fee.project_id == meant),
        )
    return Exclusion(wish, tuple(entry for entry in entries if _notes(entry, wish)))


def _named(work: OpenWork, entries: Sequence[OpenTime]) -> dict[str, Candidate]:
    """Return the tasks, told apart by their projects, and the projects of work, by id."""
    found = {
        entry.task_id: Candidate(entry.task_id, entry.task or "", entry.project)
        for entry in entries
        if entry.task_id is not None
    }
    owned: list[OpenTime | Fee] = [*entries, *work.fees]
    for one in owned:
        found[one.project_id] = Candidate(one.project_id, one.project)
    return found


def _notes(entry: OpenTime, wish: str) -> bool:
    """Say whether each word of a wish begins a word of an entry's note."""
    return bool(entry.note and match_names(wish, [Candidate(entry.id, entry.note)]))
