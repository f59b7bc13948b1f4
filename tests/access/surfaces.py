"""Every way in which reports, exports, pictures, schedules and plans are told: one list of all.

It is made of the kinds, the groupings, the formats and the catalogue, so none can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from api import request_of
from looking import Action
from naming import hidden_names
from pydantic import BaseModel
from worlds import AMONG_THE_HIDDEN

from hoursmith_mcp.access.roles import Role, Scope
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.core.reports.kinds import KINDS, Kind
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.page import PICTURE
from hoursmith_mcp.schemas.exports import EXPORTS, FORMATS, Export, ExportLink
from hoursmith_mcp.schemas.reports import Report
from hoursmith_mcp.schemas.schedules import ScheduleOut, SchedulePage

DATA = "application/json"
LOOKED_AT = (DATA, PICTURE)
FORMS = (*LOOKED_AT, *FORMATS.values())
"""In what an answer of a report is had over REST; files are made of the same rows as data."""

ENDINGS = ("", ".json", ".svg")
"""Of the addresses of a report: to be read, as data, drawn."""

PERIOD = "this month"

NOT_THEIRS = {
    "client": (AMONG_THE_HIDDEN, "Nobody"),
    "project": (AMONG_THE_HIDDEN, "Secret", "Nobody"),
    "task": (AMONG_THE_HIDDEN, "Nobody"),
    "member": ("Olga Owner", "Nobody"),
    "tag": (AMONG_THE_HIDDEN,),
}
"""What a report is narrowed by that tells a member nothing."""


@dataclass(frozen=True)
class Surface:
    """Something to look at through a door, and what it takes to be shown it.

    `differs` says that who sees all is told something else in another house.
    """

    name: str
    door: str
    action: Action
    least: Role
    needs: frozenset[Scope]
    result: type[BaseModel] | None = None
    differs: bool = True
    of_whole_days: bool = False
    """Whether it is nothing for a token that reaches some projects only."""


def surfaces(catalogue: Catalogue, schedule: str) -> list[Surface]:
    """Return them all; `schedule` is the id of one that is there."""
    return [
        *_reports(catalogue),
        *_narrowed(catalogue),
        *_exports(catalogue),
        *_plans(catalogue),
        *_schedules(catalogue, schedule),
        *_prompts(catalogue),
        *_completions(catalogue),
    ]


def _reports(catalogue: Catalogue) -> Iterator[Surface]:
    asked = [one for one in catalogue.operations.values() if one.result is Report]
    for kind in KINDS.values():
        for grouping in dict.fromkeys(("", *kind.groupings, ", ".join(kind.groupings))):
            given = {"kind": kind.name, **({"group_by": grouping} if grouping else {})}
            for one in asked:
                if one.mcp:
                    yield _called(one, given, kind)
                if one.rest is not None:
                    yield from _sent(one, given, kind)
    for one in asked:
        yield from _read(one)


def _called(one: Operation, given: dict[str, Any], kind: Kind) -> Surface:
    name = f"{one.name} {' by '.join(given.values())}"
    return _of_kind(kind, name, "in-process", Action("call", one.name, given))


def _sent(one: Operation, given: dict[str, Any], kind: Kind) -> Iterator[Surface]:
    plain = request_of(one, given)
    for form in LOOKED_AT if "group_by" in given else FORMS:
        request = replace(plain, headers=(("Accept", form),))
        name = f"{one.name} {' by '.join(given.values())} as {form}"
        yield _of_kind(kind, name, "rest", Action("send", given=request))


def _read(one: Operation) -> Iterator[Surface]:
    for kind in KINDS.values():
        address = one.resource or ""
        if "{period}" in address and not kind.takes_period:
            continue
        for grouping in kind.groupings if "{group_by}" in address else ("",):
            filled = address.format(kind=kind.name, period=quote(PERIOD), group_by=grouping)
            for ending in ENDINGS:
                action = Action("read", filled + ending)
                yield _of_kind(kind, filled + ending, "mcp-2026", action)


def _narrowed(catalogue: Catalogue) -> Iterator[Surface]:
    """Yield what is narrowed to things of others, or ordered by what is hidden: it is refused."""
    for kind in KINDS.values():
        for name in sorted(kind.narrowed_by & NOT_THEIRS.keys()):
            for value in NOT_THEIRS[name]:
                given = {"kind": kind.name, name: value}
                look = _called(catalogue.operations["report"], given, kind)
                yield replace(look, differs=False)
    for export, exported in EXPORTS.items():
        listing = catalogue.operations[exported.operation]
        for hidden in sorted(hidden_names(listing)):
            for filters in ({hidden: "1"}, {"sort": hidden}, {"sort": f"-{hidden}"}):
                address = Export(export, "csv", filters).address
                read = Action("read", address)
                shown = _exported(export, listing, address, "mcp-2026", read)
                yield replace(shown, differs=False)


def _of_kind(kind: Kind, name: str, door: str, action: Action) -> Surface:
    least = Role.MANAGER if kind.of_money else Role.MEMBER
    needs = {Scope.REPORTS_READ, *([Scope.INVOICES_READ] if kind.of_money else [])}
    shown = Surface(name, door, action, least, frozenset(needs), Report)
    return replace(shown, of_whole_days=kind.of_whole_days)


def _exports(catalogue: Catalogue) -> Iterator[Surface]:
    for kind, exported in EXPORTS.items():
        one = catalogue.operations[exported.operation]
        for form, media_type in FORMATS.items():
            name = f"{kind}.{form}"
            file = Action("read", Export(kind, form, {}).address)
            yield _exported(kind, one, name, "mcp-2026", file)
            link = Action("call", "export_data", {"kind": kind, "format": form})
            # The link itself says nothing of what is there.
            linked = _exported(kind, one, f"link to {name}", "mcp-2026", link)
            yield replace(linked, differs=False, result=ExportLink)
            if "kind" not in exported.given:
                request = replace(request_of(one, {}), headers=(("Accept", media_type),))
                yield _exported(kind, one, name, "rest", Action("send", given=request))


def _exported(kind: str, one: Operation, name: str, door: str, action: Action) -> Surface:
    report = EXPORTS[kind].given.get("kind")
    if report is not None:
        return _of_kind(KINDS[report], name, door, action)
    return Surface(name, door, action, one.least, _scopes(one), one.result)


def _plans(catalogue: Catalogue) -> Iterator[Surface]:
    one = catalogue.operations["overview"]
    looks = (
        ("in-process", Action("call", one.name, {})),
        ("rest", Action("send", given=request_of(one, {}))),
        *(("mcp-2026", Action("read", f"{one.resource}{ending}")) for ending in ENDINGS[:2]),
    )
    for door, action in looks:
        name = f"{one.name} {action.name}"
        yield Surface(name, door, action, one.least, _scopes(one), one.result)


def _schedules(catalogue: Catalogue, schedule: str) -> Iterator[Surface]:
    """Yield all that can be done about schedules; who sees all only looks at them."""
    values = {"schedule": schedule, "client": "Borg", "rule": "weekly", "due": "2026-12-20"}
    for one in catalogue.operations.values():
        if not issubclass(one.result, ScheduleOut | SchedulePage):
            continue
        given = {name: values[name] for name in one.arguments.names if name in values}
        looks = [("in-process", Action("call", one.name, given))]
        if one.rest is not None:
            looks.append(("rest", Action("send", given=request_of(one, given))))
        for door, action in looks:
            shown = Surface(one.name, door, action, one.least, _scopes(one), one.result)
            yield replace(shown, differs=one.read_only)


def _prompts(catalogue: Catalogue) -> Iterator[Surface]:
    for name, prompt in catalogue.prompts.items():
        given = {one.name: "yesterday" if one.reader else "Acme" for one in prompt.arguments}
        needs = frozenset({prompt.scope} if prompt.scope is not None else ())
        action = Action("prompt", name, given)
        yield Surface(f"prompt {name}", "mcp-2026", action, prompt.least, needs, differs=False)


def _completions(catalogue: Catalogue) -> Iterator[Surface]:
    asked = [
        *(
            ("prompt", name, one.name)
            for name, p in catalogue.prompts.items()
            for one in p.arguments
        ),
        *(
            ("resource", address, name)
            for address, one in catalogue.resources.items()
            for name in one.arguments.names
            if f"{{{name}}}" in address
        ),
    ]
    for kind, place, name in asked:
        action = Action("complete", place, {"name": name, "value": ""}, kind)
        # To who may not ask nothing is offered, in a list that is empty.
        title = f"complete {name} of {place}"
        yield Surface(title, "mcp-2026", action, Role.MEMBER, frozenset(), differs=False)


def _scopes(one: Operation) -> frozenset[Scope]:
    return frozenset({one.scope} if one.scope is not None else ())
