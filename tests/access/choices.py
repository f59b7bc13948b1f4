"""What a member may give, right and wrong: values for every argument of the catalogue."""

from __future__ import annotations

from typing import Any, TypeVar

from api import NEXT
from hypothesis import strategies as st
from worlds import AMONG_THE_HIDDEN, MEMBER, NOTES, PROJECTS, RUN, TASKS

from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.arguments import Reference
from hoursmith_mcp.schemas.listing import Wanted

Drawn = TypeVar("Drawn")
Given = dict[str, Any]
Values = st.SearchStrategy[Any]
Ids = dict[str, list[str]]

NAMED: dict[str, tuple[str, ...]] = {
    "client": ("Acme", "Borg", "acm", "Nobody", AMONG_THE_HIDDEN),
    "project": (*PROJECTS, "Secret", "web", "acme", "", AMONG_THE_HIDDEN),
    "task": (*TASKS, "d", "nothing", AMONG_THE_HIDDEN),
    "member": (MEMBER, "Olga", "o"),
    "invoice": ("INV-2026-0001", "26000001", "1"),
    "about": ("Website", "Acme", "Secret", "INV-2026-0001", AMONG_THE_HIDDEN),
    "thing": ("org", "pr"),
    "week": ("this week", "last week", "2026-W46", "soon"),
}
DAYS = ("2026-11-20", "2026-11-14", "2026-11-18")
BY_NAME: dict[str, tuple[Any, ...]] = {
    "duration": ("5m", "1h", "90m", "25h", "2"),
    "duration_seconds": (1200, 1260, 7200),
    "estimate": ("3h", "x"),
    "date": ("today", "yesterday", "3 days ago", "2026-10-05", "2027-01-01", "12/11"),
    "entry_date": DAYS,
    "issue_date": DAYS,
    "start_date": ("2026-11-01", ""),
    "due_date": ("2026-12-01", "in 2 weeks", ""),
    "period": ("this month", "last week", "2026", "2026-11-18", "never"),
    "search": ("9", "1", "190", "e", "homepage", AMONG_THE_HIDDEN),
    "query": ("", "w", "acme", "190.5", "4800", AMONG_THE_HIDDEN),
    "typed": ("", "w", "19"),
    "note": (*NOTES, ""),
    "cursor": (NEXT, "nonsense"),
    "limit": (1, 2, 5, 20, 0),
    "guide": ("teams", "invoicing"),
    "run": (RUN, "another"),
    "tool": ("update_project", "log_time", "undo", "x"),
    "token": ("phone", "x"),
    "scopes": (["time:read"], ["invoices:read"], ["x"]),
    "expires": ("in 30 days", "yesterday", "x"),
    "time_zone": ("Asia/Tokyo", "", "x"),
    "email": ("mia@example.com", "olga@example.com", "x"),
    "amount": ("1", "99.99"),
    "status": (["TODO"], ["DONE", "TODO"], "DONE", "TODO", "PAID"),
    "entries": (
        [{"duration": "3m", "project": "Website"}],
        [{"duration": "3m"}, {"duration": "4m", "project": "Logo", "date": "yesterday"}],
        [{"duration": "1h", "project": "Secret"}],
    ),
}
ORACLES: dict[str, tuple[Any, ...]] = {
    "sort": ("amount", "-rate", "budget", "-updated_at", "hourlyRate"),
    "min_amount": ("100",),
    "total_min": ("100",),
    "rate_type": ("FIXED",),
    "hourly_rate": ("190.5",),
    "invoice_id": ("inv",),
    "include": ("amount",),
    "fields": ("hourlyRate",),
}
"""Arguments that would tell something of amounts, if they were there."""
KINDS = {
    "user_id": "member",
    "assignee": "member",
    "assignee_id": "member",
    "contact": "client_contact",
}
"""Of what kind something is, where its argument is not called by it."""
ENDINGS = ("_from", "_to", "_min", "_max")
OF_A_RANGE = ("created_at", "updated_at", "sent_at", "paid_at", "end_date")


def arguments_of(one: Operation, ids: Ids) -> st.SearchStrategy[Given]:
    """Draw arguments of an operation: what it needs, and a little, much or too much more."""
    required = one.arguments.schema.get("required", [])
    values = {name: values_of(one, name, ids) for name in one.arguments.names}
    optional = sorted(values.keys() - set(required))
    needed = st.fixed_dictionaries({name: values[name] for name in required})
    if not optional:
        return needed
    much = st.fixed_dictionaries({}, optional={name: values[name] for name in optional})
    little = st.sets(st.sampled_from(optional), min_size=1, max_size=3).flatmap(
        lambda names: st.fixed_dictionaries({name: values[name] for name in sorted(names)})
    )
    nothing: Given = {}
    shares = [(1, st.just(nothing)), (2, little), (1, much), (1, _oracles())]
    if "sort" in values:
        # To tell rows apart, one filter and an order do; more find nothing.
        order = st.fixed_dictionaries({"sort": values["sort"]}, optional={"limit": values["limit"]})
        one_filter = st.builds(
            _both,
            st.sampled_from(optional).flatmap(
                lambda name: st.fixed_dictionaries({name: values[name]})
            ),
            order,
        )
        shares += [(4, one_filter), (2, st.fixed_dictionaries({"search": values["search"]}))]
    return st.builds(_both, needed, weighed(*shares))


def _both(first: Given, second: Given) -> Given:
    return {**second, **first}


def weighed(*shares: tuple[int, st.SearchStrategy[Drawn]]) -> st.SearchStrategy[Drawn]:
    """Draw of several kinds, of each as often as its share says; `one_of` knows no shares."""
    places = [place for place, (share, _) in enumerate(shares) for _ in range(share)]
    return st.sampled_from(places).flatmap(lambda place: shares[place][1])


def values_of(one: Operation, name: str, ids: Ids) -> Values:
    """Draw a value of an argument."""
    field = one.arguments.fields[name]
    kind = next((mark.kind for mark in field.metadata if isinstance(mark, Reference)), None)
    schema = one.arguments.schema["properties"].get(name, {})
    if name == "sort":
        return st.sampled_from(schema["enum"])
    if name == "cursor":
        return st.sampled_from([*BY_NAME[name], *_forged(ids)])
    if "enum" in schema:
        return st.sampled_from([*schema["enum"], "amount"])
    if name == "ids":
        return st.lists(st.sampled_from([*ids["time_entry"], "te_0"]), max_size=3)
    base = next((name.removesuffix(one) for one in ENDINGS if name.endswith(one)), name)
    if base in OF_A_RANGE:
        return st.sampled_from(DAYS)
    if base in BY_NAME:
        return st.sampled_from(BY_NAME[base])
    known = kind or KINDS.get(name, name.removesuffix("_id").removesuffix("_name"))
    if kind is not None or known in NAMED or known in ids:
        return st.sampled_from([*NAMED.get(known, ()), *ids.get(known, ()), "pr_0"])
    match schema.get("type"):
        case "boolean":
            return st.booleans()
        case "integer":
            return st.sampled_from([0, 1, 15])
        case "array":
            return st.sampled_from([[], [MEMBER], ["Website"], ["x"]])
        case _:
            return st.sampled_from(["x", "", "1"])


def _oracles() -> st.SearchStrategy[Given]:
    return st.sampled_from(sorted(ORACLES)).flatmap(
        lambda name: st.sampled_from(ORACLES[name]).map(lambda value: {name: value})
    )


def _forged(ids: Ids) -> list[str]:
    """Return cursors as one could write them oneself: in a hidden order, behind any row."""
    owners = ids["member"]
    return [
        Wanted(things, sort=sort, limit=20).cursor_behind(value, row_id, owner)
        for things, row_id in (("projects", ids["project"][0]), ("tasks", ids["task"][0]))
        for sort, value in (("-updated_at", 1_795_167_000_000_000), ("-created_at", 2**62))
        for owner in owners
    ]
