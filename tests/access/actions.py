"""All that a member may try, right and wrong, drawn from the catalogue itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from looking import LISTS, NEXT, Action
from worlds import MEMBER, NOTES, PROJECTS, TASKS

from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.arguments import Reference

Values = st.SearchStrategy[Any]

KEYS = ("priced", "logged", "started", "fresh")
"""Those that the member used as a manager, and one more."""

NAMED: dict[str, tuple[str, ...]] = {
    "client": ("Acme", "Borg", "acm", "Nobody"),
    "project": (*PROJECTS, "Secret", "web", "acme", ""),
    "task": (*TASKS, "d", "nothing"),
    "member": (MEMBER, "Olga", "o"),
    "invoice": ("INV-2026-0001", "26000001", "1"),
    "week": ("this week", "last week", "2026-W46", "soon"),
}
BY_NAME: dict[str, tuple[Any, ...]] = {
    "duration": ("5m", "1h", "90m", "25h", "2"),
    "estimate": ("3h", "x"),
    "date": ("today", "yesterday", "3 days ago", "2026-10-05", "2027-01-01", "12/11"),
    "start_date": ("2026-11-01", ""),
    "due_date": ("2026-12-01", "in 2 weeks", ""),
    "period": ("this month", "last week", "2026", "2026-11-18", "never"),
    "search": (*NOTES, "250", "190"),
    "query": ("", "w", "acme", "190.5", "4800"),
    "typed": ("", "w", "19"),
    "note": (*NOTES, ""),
    "cursor": (NEXT, "nonsense"),
    "limit": (1, 2, 5, 20, 0),
    "guide": ("teams", "invoicing"),
    "thing": ("org", "pr"),
    "amount": ("1", "99.99"),
    "status": (["TODO"], ["DONE", "TODO"], "DONE", "TODO", "PAID"),
    "entries": (
        [{"duration": "3m", "project": "Website"}],
        [{"duration": "3m"}, {"duration": "4m", "project": "Logo", "date": "yesterday"}],
        [{"duration": "1h", "project": "Secret"}],
    ),
}
ORACLES: dict[str, tuple[Any, ...]] = {
    "sort": ("amount", "-rate", "budget"),
    "min_amount": ("100",),
    "rate_type": ("FIXED",),
    "hourly_rate": ("190.5",),
    "invoice_id": ("inv",),
}
"""Arguments that would tell something of amounts, if they were there."""


def sequences(catalogue: Catalogue, ids: dict[str, list[str]]) -> st.SearchStrategy[list[Action]]:
    """Draw a few things that a member does one after another."""
    some = st.lists(_actions(catalogue, ids), min_size=1, max_size=6)

    @st.composite
    def shortly_named(draw: st.DrawFn) -> list[Action]:
        return draw(some)

    return shortly_named()


def _actions(catalogue: Catalogue, ids: dict[str, list[str]]) -> st.SearchStrategy[Action]:
    """Draw whatever a member may do; what they are allowed to has a greater share."""
    operations = list(catalogue.operations.values())
    for_members = [one for one in operations if one.least == 1]
    calls = [_call(one, ids) for one in operations]
    own_calls = [_call(one, ids) for one in for_members]
    return st.one_of(
        *own_calls,
        *own_calls,
        *calls,
        *_reads(catalogue, ids),
        *_prompts(catalogue),
        *(st.builds(Action, st.just("list"), st.just(name)) for name in LISTS),
        st.builds(Action, st.just("wait"), given=st.sampled_from([1, 61, 600])),
    )


def _call(one: Operation, ids: dict[str, list[str]]) -> st.SearchStrategy[Action]:
    required = set(one.arguments.schema.get("required", []))
    values = {name: _values(one, name, ids) for name in one.arguments.names}
    given = st.fixed_dictionaries(
        {name: values[name] for name in values if name in required},
        optional={name: values[name] for name in values if name not in required},
    )
    few = st.fixed_dictionaries({name: values[name] for name in values if name in required})
    odd = st.tuples(given, st.sampled_from(sorted(ORACLES))).map(
        lambda drawn: {**drawn[0], drawn[1]: ORACLES[drawn[1]][0]}
    )
    key = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(KEYS))
    return st.builds(
        Action, st.just("call"), st.just(one.name), st.one_of(few, few, given, odd), key
    )


def _values(one: Operation, name: str, ids: dict[str, list[str]]) -> Values:
    field = one.arguments.fields[name]
    kind = next((mark.kind for mark in field.metadata if isinstance(mark, Reference)), None)
    schema = one.arguments.schema["properties"].get(name, {})
    if "enum" in schema:
        return st.sampled_from([*schema["enum"], "amount"])
    if name in BY_NAME:
        return st.sampled_from(BY_NAME[name])
    if kind is not None or name in NAMED or name in ids:
        known = kind or name
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


def _reads(catalogue: Catalogue, ids: dict[str, list[str]]) -> list[st.SearchStrategy[Action]]:
    found: list[st.SearchStrategy[Action]] = []
    for address, one in catalogue.resources.items():
        names = one.arguments.names
        values = {name: _values(one, name, ids).filter(bool) for name in names}
        form = st.sampled_from(["", ".json"])

        def fill(drawn: tuple[dict[str, str], str], address: str = address) -> Action:
            given, ending = drawn
            for name, value in given.items():
                address = address.replace("{" + name + "}", quote(str(value), safe=""))
            return Action("read", address + ending)

        found.append(st.tuples(st.fixed_dictionaries(values), form).map(fill))
        for name in names:
            found.append(_completion("resource", address, name))
    return found


def _prompts(catalogue: Catalogue) -> list[st.SearchStrategy[Action]]:
    found: list[st.SearchStrategy[Action]] = []
    for name, prompt in catalogue.prompts.items():
        given = {one.name: "Acme" for one in prompt.arguments}
        found.append(st.just(Action("prompt", name, given)))
        found += [_completion("prompt", name, one.name) for one in prompt.arguments]
    return found


def _completion(kind: str, place: str, name: str) -> st.SearchStrategy[Action]:
    typed = st.sampled_from(["", "w", "a", "2", "1"])
    return typed.map(lambda text: Action("complete", place, {"name": name, "value": text}, kind))
