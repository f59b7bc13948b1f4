"""Names of what is hidden, and requests that are so nearly right that a refusal might name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from api import JSON, Request, request_of

from hoursmith_mcp.access.roles import Role
from hoursmith_mcp.adapters.rest.names import rest_name
from hoursmith_mcp.catalogue import Catalogue
from hoursmith_mcp.operation import Operation


def hidden_names(one: Operation) -> set[str]:
    """Return the arguments of an operation that are not there for a member, and such orders."""
    seen = one.seen(blind=True).arguments
    orders = set(_orders(one)) - set(_orders(one.seen(blind=True)))
    return {*one.arguments.names} - {*seen.names} | {order.removeprefix("-") for order in orders}


def never_seen_names(catalogue: Catalogue) -> set[str]:
    """Return what is hidden wherever it is, as every door spells it."""
    mine = [one for one in catalogue.operations.values() if one.least is Role.MEMBER]
    seen = {name for one in mine for name in (*one.seen(blind=True).arguments.names, *_orders(one))}
    hidden = {name for one in catalogue.operations.values() for name in hidden_names(one)}
    return spelt(hidden) - spelt(seen)


def spelt(names: set[str]) -> set[str]:
    """Return names as every door spells them."""
    return names | {rest_name(name) for name in names}


def told_of(text: str, names: set[str]) -> list[str]:
    """Return which names stand in a text, as words of their own."""
    return sorted(name for name in names if re.search(rf"\b{name}\b", text))


def near_misses(one: Operation, names: set[str]) -> Iterator[Request]:
    """Yield requests with names that are nearly hidden ones, and orders and choices of nowhere.

    The whole names are not sent; so where one is answered, it was known.
    """
    plain = request_of(one, {})
    yield plain
    yield replace(plain, method="OPTIONS")
    yield replace(plain, method="PUT")
    for order in ("nothing", "-amoun", "updatedA"):
        yield replace(plain, query=(*plain.query, ("sort", order)))
    for name in sorted(names):
        miss = name[:-1]
        if plain.body is None:
            yield replace(plain, query=((miss, "1"),))
        else:
            yield replace(plain, body=f'{{"{miss}": "1"}}', headers=(JSON, *plain.headers[1:]))


def _orders(one: Operation) -> list[str]:
    orders: list[str] = one.arguments.schema["properties"].get("sort", {}).get("enum", [])
    return orders
