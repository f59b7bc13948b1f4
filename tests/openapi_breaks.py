"""What between two OpenAPI documents breaks a program that was written for the first, in sentences.

Additions break nothing: a program passes over fields, choices and operations that it does not know.
What is sent may be narrowed nowhere, and what is answered may lose nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]

LOWER_BOUNDS = ("minimum", "minLength", "minItems")
UPPER_BOUNDS = ("maximum", "maxLength", "maxItems")
FIXED = ("pattern", "format", "uniqueItems")
METHODS = ("get", "post", "put", "patch", "delete")


def breaks(before: Node, after: Node) -> list[str]:
    """Return what breaks from one document to the next, one sentence each."""
    return sorted(set(_Comparison(before, after).of_all()))


@dataclass(frozen=True)
class _Comparison:
    before: Node
    after: Node

    def of_all(self) -> Iterator[str]:
        """Compare every operation of the first document."""
        for path, methods in self.before["paths"].items():
            for method in METHODS:
                old = methods.get(method)
                new = self.after["paths"].get(path, {}).get(method)
                name = f"{method.upper()} {path}"
                if old is not None and new is None:
                    yield f"{name} is gone."
                elif old is not None:
                    yield from self._of_operation(name, old, new)

    def _of_operation(self, name: str, old: Node, new: Node) -> Iterator[str]:
        for field in ("operationId", "x-scope", "x-least-role"):
            if old.get(field) != new.get(field):
                yield f"{name}: {field} is {new.get(field)} and was {old.get(field)}."
        yield from self._of_parameters(name, old, new)
        yield from self._of_bodies(name, old, new)
        for status, answer in old["responses"].items():
            if status[0] in "23":
                told = new["responses"].get(status)
                if told is None:
                    yield f"{name} is no longer answered with {status}."
                else:
                    yield from self._of_answer(f"{name}, {status}", answer, told)

    def _of_parameters(self, name: str, old: Node, new: Node) -> Iterator[str]:
        known, taken = _parameters(self.before, old), _parameters(self.after, new)
        required = {key for key, parameter in known.items() if parameter.get("required")}
        for key, parameter in taken.items():
            if parameter.get("required") and key not in required:
                yield f"{name} now requires the parameter {key}."
        for key, parameter in known.items():
            if key not in taken:
                yield f"{name} no longer takes the parameter {key}."
                continue
            schemas = parameter.get("schema", {}), taken[key].get("schema", {})
            yield from self._taken(f"{name}, parameter {key}", *schemas, ())

    def _of_bodies(self, name: str, old: Node, new: Node) -> Iterator[str]:
        sent: Node = old.get("requestBody") or {}
        taken: Node = new.get("requestBody") or {}
        if taken.get("required") and not sent.get("required"):
            yield f"{name} now requires a body."
        yield from self._of_contents(f"{name}, body", sent, taken, self._taken)

    def _of_answer(self, name: str, old: Node, new: Node) -> Iterator[str]:
        old, new = _resolved(self.before, old), _resolved(self.after, new)
        for header in old.get("headers", {}):
            if header not in new.get("headers", {}):
                yield f"{name}: the header {header} is gone."
        yield from self._of_contents(f"{name}, answer", old, new, self._given)

    def _of_contents(
        self, name: str, old: Node, new: Node, compare: Callable[..., Iterator[str]]
    ) -> Iterator[str]:
        for kind, content in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{name}: {kind} is gone."
            else:
                schemas = content.get("schema", {}), new["content"][kind].get("schema", {})
                yield from compare(name, *schemas, ())

    def _taken(self, place: str, old: Node, new: Node, seen: tuple[Any, ...]) -> Iterator[str]:
        """Compare what may be sent: all of it must still be taken."""
        met = (old.get("$ref"), new.get("$ref"))
        if any(met) and met in seen:
            return
        old, new = _resolved(self.before, old), _resolved(self.after, new)
        if _types(new):
            for kind in sorted((_types(old) or {"anything"}) - _types(new)):
                yield f"{place} is no longer taken as {kind}."
        for value in _lost_choices(old, new):
            yield f"{place} no longer takes {value}."
        yield from _narrowed(place, old, new)
        required = set(new.get("required", [])) - set(old.get("required", []))
        yield from (f"{place} now requires {name}." for name in sorted(required))
        for name, inner in old.get("properties", {}).items():
            within = new.get("properties", {}).get(name)
            if within is not None:
                yield from self._taken(f"{place}.{name}", inner, within, (*seen, met))
            elif new.get("additionalProperties") is False:
                yield f"{place}.{name} is no longer taken."
        if "items" in old and "items" in new:
            yield from self._taken(f"{place}[]", old["items"], new["items"], (*seen, met))
        for one in old.get("anyOf", [old] if "anyOf" in new else []):
            others = new.get("anyOf", [new])
            if all(list(self._taken(place, one, other, (*seen, met))) for other in others):
                yield f"{place} is no longer taken in one of its forms."

    def _given(self, place: str, old: Node, new: Node, seen: tuple[Any, ...]) -> Iterator[str]:
        """Compare what is answered: all that was there must still be, and be what it was."""
        met = (old.get("$ref"), new.get("$ref"))
        if any(met) and met in seen:
            return
        old, new = _resolved(self.before, old), _resolved(self.after, new)
        if _types(old):
            for kind in sorted((_types(new) or {"anything"}) - _types(old)):
                yield f"{place} may now be {kind}."
        for value in _lost_choices(old, new) if "enum" in old else ():
            yield f"{place} is never {value} any more."
        missing = set(old.get("required", [])) - set(new.get("required", []))
        for name, inner in old.get("properties", {}).items():
            within = new.get("properties", {}).get(name)
            if within is None:
                yield f"{place}.{name} is gone."
                continue
            if name in missing:
                yield f"{place}.{name} may now be missing."
            if "x-hidden-from" in within and "x-hidden-from" not in inner:
                yield f"{place}.{name} is now hidden from some."
            yield from self._given(f"{place}.{name}", inner, within, (*seen, met))
        if "items" in old:
            yield from self._given(f"{place}[]", old["items"], new.get("items", {}), (*seen, met))
        for one in new.get("anyOf", [new] if "anyOf" in old else []):
            others = old.get("anyOf", [old])
            if all(list(self._given(place, other, one, (*seen, met))) for other in others):
                yield f"{place} may now have another form."


def _parameters(document: Node, operation: Node) -> dict[str, Node]:
    found = [_resolved(document, one) for one in operation.get("parameters", [])]
    return {f"{one['name']} in {one['in']}": one for one in found}


def _resolved(document: Node, node: Node) -> Node:
    """Return a node, or what stands where it refers to."""
    while "$ref" in node:
        steps, node = node["$ref"].removeprefix("#/").split("/"), document
        for step in steps:
            node = node[step]
    return node


def _types(schema: Node) -> set[str]:
    """Return the types that a schema names; none, where it takes any or has several forms."""
    kinds = schema.get("type", [])
    named = {kinds} if isinstance(kinds, str) else set(kinds)
    return named | ({"integer"} if "number" in named else set())


def _lost_choices(old: Node, new: Node) -> list[str]:
    if "enum" not in new:
        return []
    if "enum" not in old:
        return ["anything but its choices"]
    return [repr(value) for value in old["enum"] if value not in new["enum"]]


def _narrowed(place: str, old: Node, new: Node) -> Iterator[str]:
    for name, value in new.items():
        was = old.get(name)
        narrowed = (
            (name in LOWER_BOUNDS and (was is None or value > was))
            or (name in UPPER_BOUNDS and (was is None or value < was))
            or (name in FIXED and value != was)
        )
        if narrowed:
            yield f"{place}: {name} is {value} and was {'open' if was is None else was}."
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{place} no longer takes fields of any name."
