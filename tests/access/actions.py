"""All that a member may try, right and wrong, drawn from the catalogue itself."""

from __future__ import annotations

from enum import Enum
from typing import Any
from urllib.parse import quote

from choices import Drawn, Ids, arguments_of, values_of, weighed
from hypothesis import strategies as st
from looking import LISTS, Action
from worlds import REPLAYED

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, PAGING, Export

KEYS = ("priced", "undone", "logged", "started", "fresh")
"""Those that the member used as a manager, and one more."""

PICTURES = ("time.svg", "utilisation/this%20month.svg", "gaps/this%20month/week.svg")
"""What a member can look at; drawn at random, few addresses would be of anything."""

WAIT = st.builds(Action, st.just("wait"), given=st.sampled_from([1, 61, 600]))
AGAIN = st.sampled_from(REPLAYED).map(lambda call: Action("call", *call))


class Topic(Enum):
    """What a member is after; whatever they please, or one way to learn something."""

    ANYTHING = "anything"
    LISTS = "what can be filtered, sorted and searched"
    CONDITIONS = "what a request can be made to depend on"


def sequences(
    catalogue: Catalogue, ids: Ids, topic: Topic = Topic.ANYTHING
) -> st.SearchStrategy[list[Action]]:
    """Draw a few things that a member does one after another."""
    if topic is Topic.LISTS:
        lists = [one for one in catalogue.operations.values() if is_list_of_members(one)]
        return several(st.one_of([call_of(one, ids) for one in lists]))
    return several(_actions(catalogue, ids))


def is_list_of_members(one: Operation) -> bool:
    """Say whether an operation is a documented list that members may ask for."""
    return one.name.startswith("filter_") and one.least is Role.MEMBER


def several(actions: st.SearchStrategy[Drawn], *, most: int = 6) -> st.SearchStrategy[list[Drawn]]:
    """Draw a few of them."""
    some = st.lists(actions, min_size=1, max_size=most)

    @st.composite
    def shortly_named(draw: st.DrawFn) -> list[Drawn]:
        return draw(some)

    return shortly_named()


def call_of(one: Operation, ids: Ids) -> st.SearchStrategy[Action]:
    """Draw calls of an operation, some under a key."""
    key = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(KEYS))
    return st.builds(Action, st.just("call"), st.just(one.name), arguments_of(one, ids), key)


def _actions(catalogue: Catalogue, ids: Ids) -> st.SearchStrategy[Action]:
    """Draw whatever a member may do; what they are allowed to has a greater share."""
    operations = catalogue.operations.values()
    calls = {one.name: call_of(one, ids) for one in operations}
    mine = [calls[one.name] for one in operations if one.least is Role.MEMBER]
    lists = [
        calls[one.name]
        for one in operations
        if one.name.startswith(("filter_", "list_")) and one.least is Role.MEMBER
    ]
    looks = [*_reads(catalogue, ids), *_prompts(catalogue)]
    return weighed(
        (4, st.one_of(mine)),
        (2, st.one_of(lists)),
        (3, st.one_of(looks)),
        (2, st.one_of([*calls.values()])),
        (1, st.sampled_from(LISTS).map(lambda name: Action("list", name))),
        (1, st.sampled_from(PICTURES).map(lambda at: Action("read", f"hoursmith://reports/{at}"))),
        (1, AGAIN),
        (1, WAIT),
    )


def _reads(catalogue: Catalogue, ids: Ids) -> list[st.SearchStrategy[Action]]:
    found: list[st.SearchStrategy[Action]] = []
    for address, one in catalogue.resources.items():
        names = [name for name in one.arguments.names if f"{{{name}}}" in address]
        values = {name: values_of(one, name, ids).filter(bool) for name in names}
        drawn_too = [".svg"] if one.page is not None and one.page.picture is not None else []
        form = st.sampled_from(["", ".json", *drawn_too])

        def fill(drawn: tuple[dict[str, str], str], address: str = address) -> Action:
            given, ending = drawn
            for name, value in given.items():
                address = address.replace("{" + name + "}", quote(str(value), safe=""))
            return Action("read", address + ending)

        found.append(st.tuples(st.fixed_dictionaries(values), form).map(fill))
        for name in names:
            found.append(_completion("resource", address, name))
    return [*found, *_exports(catalogue, ids)]


def _exports(catalogue: Catalogue, ids: Ids) -> list[st.SearchStrategy[Action]]:
    """Draw exports to be read, filtered, sorted and searched by whatever a list is."""
    found: list[st.SearchStrategy[Action]] = []
    for kind, exported in EXPORTS.items():

        def fill(
            drawn: tuple[dict[str, Any], str], kind: str = kind, fixed: Any = exported.given
        ) -> Action:
            given, form = drawn
            texts = {
                name: value
                for name, value in given.items()
                if isinstance(value, str) and name not in fixed and name not in PAGING
            }
            return Action("read", Export(kind, form, texts).address)

        wanted = arguments_of(catalogue.operations[exported.operation], ids)
        found.append(st.tuples(wanted, st.sampled_from([*FORMATS])).map(fill))
    return found


def _prompts(catalogue: Catalogue) -> list[st.SearchStrategy[Action]]:
    found: list[st.SearchStrategy[Action]] = []
    for name, prompt in catalogue.prompts.items():
        given = {one.name: "yesterday" if one.reader else "Acme" for one in prompt.arguments}
        found.append(st.just(Action("prompt", name, given)))
        found += [_completion("prompt", name, one.name) for one in prompt.arguments]
    return found


def _completion(kind: str, place: str, name: str) -> st.SearchStrategy[Action]:
    typed = st.sampled_from(["", "w", "a", "2", "1"])
    return typed.map(lambda text: Action("complete", place, {"name": name, "value": text}, kind))
