"""All that a member may send over REST, right and wrong: requests drawn from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from actions import AGAIN, WAIT, Topic, call_of, is_list_of_members, several
from api import LEAVES, NEXT, OWN_TAG, WHOLE_TAGS, Pairs, Request, request_of
from choices import Ids, weighed
from hypothesis import strategies as st
from looking import Action

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.operation import Operation
from hoursmith_mcp.schemas.exports import XLSX
from hoursmith_mcp.tables.lists import listed_field

Requests = st.SearchStrategy[Request]

CONDITIONS: tuple[Pairs, ...] = (
    *(((name, tag),) for name in ("If-None-Match", "If-Match") for tag in (OWN_TAG, WHOLE_TAGS)),
    (("If-Match", WHOLE_TAGS),),
    (("If-None-Match", f"W/{WHOLE_TAGS}"),),
    (("If-Match", f'"x", {WHOLE_TAGS}'),),
    (("If-Match", "*"),),
    (("If-None-Match", "*"),),
    (("If-Match", "rubbish"),),
    (("If-Modified-Since", "Fri, 20 Nov 2026 09:30:00 GMT"),),
    (("Accept", "text/csv"),),
    (("Accept", "application/x-ndjson"),),
    (("Accept", XLSX),),
    (("Accept", "text/html"),),
    (("Range", "bytes=0-99"),),
    (("Prefer", "count=exact"),),
    (("X-Run-Id", "a run"),),
    (("Origin", "https://elsewhere.example"),),
)
ADDRESSES = (
    "/api/openapi.json",
    "/api/docs",
    "/nowhere",
    "/projects/Website/nowhere",
    "//projects",
)


def sequences_over_rest(
    catalogue: Catalogue, ids: Ids, topic: Topic = Topic.ANYTHING
) -> st.SearchStrategy[list[Action]]:
    """Draw a few requests that a member sends one after another."""
    # Who has left can look at nothing more.
    over_rest = {
        one.name: one
        for one in catalogue.operations.values()
        if one.rest is not None and one.name != LEAVES
    }

    def requests(*some: Operation) -> Requests:
        drawn = st.one_of(*(call_of(one, ids) for one in some))
        return drawn.map(lambda call: request_of(over_rest[call.name], call.given, call.key))

    mine = [one for one in over_rest.values() if one.least is Role.MEMBER]
    refused = requests(*(one for one in over_rest.values() if one not in mine))
    lists = requests(*(one for one in mine if is_list_of_members(one)))
    tagged = requests(*(one for one in mine if _is_of_a_record(one, over_rest.values())))
    again = AGAIN.map(lambda call: request_of(over_rest[call.name], call.given, call.key))
    alone = weighed(
        (4, requests(*mine)),
        (4, lists),
        (2, _odd(requests(*mine))),
        (1, refused),
        (1, again),
        (1, _elsewhere()),
    ).map(lambda request: [request])
    conditional, turning = _conditional(tagged), _turning(lists)
    asked = {
        Topic.ANYTHING: weighed((6, alone), (4, conditional), (2, turning)),
        Topic.LISTS: weighed((1, lists.map(lambda request: [request])), (1, turning)),
        Topic.CONDITIONS: conditional,
    }[topic]
    sendings = asked.map(lambda some: [Action("send", given=request) for request in some])
    drawn = several(weighed((12, sendings), (1, WAIT.map(lambda wait: [wait]))), most=4)
    return drawn.map(lambda some: list(chain.from_iterable(some)))


def _is_of_a_record(one: Operation, others: Iterable[Operation]) -> bool:
    """Say whether something is read, changed or removed that has an entity tag."""
    path = (one.rest or "").partition(" ")[2]
    reads = [other for other in others if other.rest == f"GET {path}"]
    return any(listed_field(other.result) is None for other in reads)


@st.composite
def _conditional(draw: st.DrawFn, drawn: Requests) -> list[Request]:
    """Look at something, and then ask on condition of what was seen, or may be there."""
    request = draw(drawn)
    look = Request("GET", request.path, request.query if request.method == "GET" else ())
    headers = (*request.headers, *draw(st.sampled_from(CONDITIONS)))
    method = draw(st.sampled_from([request.method, request.method, "HEAD"]))
    return [look, replace(request, method=method, headers=headers)]


@st.composite
def _turning(draw: st.DrawFn, drawn: Requests) -> list[Request]:
    """Ask for a list, and then for its next page, in the same order or another."""
    request = draw(drawn)
    short = tuple(pair for pair in request.query if pair[0] not in ("limit", "cursor"))
    first = replace(request, query=(*short, ("limit", "2")))
    sort = draw(st.sampled_from([None, None, None, "-updatedAt", "name", "id"]))
    kept = tuple(pair for pair in first.query if pair[0] != "sort" or sort is None)
    more: Pairs = () if sort is None else (("sort", sort),)
    return [first, replace(request, query=(*kept, *more, ("cursor", NEXT)))]


@st.composite
def _odd(draw: st.DrawFn, drawn: Requests) -> Request:
    """Send something as nobody should."""
    request = draw(drawn)
    match draw(st.sampled_from(["method", "query", "body", "key", "type"])):
        case "method":
            method = draw(st.sampled_from(["HEAD", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]))
            return replace(request, method=method)
        case "query":
            twice = (*request.query, *request.query[-1:], ("hourlyRate", "1"))
            return replace(request, query=twice)
        case "body":
            body = draw(st.sampled_from(['{"a":1,"a":2}', "{", "[]", "", '{"hourlyRate": 1e999}']))
            return replace(request, body=body)
        case "key":
            kept = tuple(one for one in request.headers if one[0] != "Idempotency-Key")
            return replace(request, headers=kept)
        case _:
            return replace(request, headers=(("Content-Type", "text/plain"),))


def _elsewhere() -> Requests:
    methods = st.sampled_from(["GET", "HEAD", "OPTIONS", "POST"])
    return st.builds(Request, methods, st.sampled_from(ADDRESSES))
