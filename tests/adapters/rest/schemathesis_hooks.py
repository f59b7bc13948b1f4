"""What schemathesis is told besides: who must live through a run, and whom a call must not reach.

Who else there is comes in the environment, from the test. It runs in schemathesis' own process.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import schemathesis
from schemathesis import Case, Response
from schemathesis.checks import CheckContext
from schemathesis.hooks import HookContext

from hoursmith_mcp.schemas.json_values import is_array, is_object

KNOWN: dict[str, Any] = json.loads(os.environ["HOURSMITH_TEST_KNOWN"])
KEPT = frozenset(KNOWN["kept"])
"""The ids of those who call, and of their tokens: without them a run meets nothing but 401."""

STRANGER: str = KNOWN["stranger"]
"""The token of the owner of another organisation."""

LOWER: str | None = KNOWN["lower"]
"""The token of a MEMBER of the same one, where somebody calls who may do more."""

MOST_PROBES = 20
"""How often what one operation reaches is asked for by each of the others."""

NOBODY = "nobody-of-that-name"
ID = re.compile(r"[a-z]{2,3}_[0-7][0-9a-z]{25}")
LEAST_ROLES = ("MANAGER", "ADMIN", "OWNER")

AnyCase: TypeAlias = Case[Any]

client = httpx2.Client(timeout=30)
probes: Counter[tuple[str, str]] = Counter()
answers: dict[str, dict[str, tuple[httpx2.Response, httpx2.Response]]] = {}
"""By case, what each of the others was answered: to the call itself, and to one of made-up ids."""


@schemathesis.hook  # pyright: ignore[reportUnknownMemberType]  # Its decorator says no types.
def before_call(context: HookContext, case: AnyCase, kwargs: dict[str, Any]) -> None:
    """Keep those who call, and ask for what is called for as the others, before it may be gone."""
    given = case.path_parameters or {}
    if case.method != "GET" and KEPT & {*map(str, given.values())}:
        case.path_parameters = given = dict.fromkeys(given, NOBODY)
    names_something = any(isinstance(one, str) and ID.fullmatch(one) for one in given.values())
    if not names_something or case.method != case.operation.method.upper():
        return
    others = {"stranger": STRANGER, **({"lower": LOWER} if LOWER and _is_for_lower(case) else {})}
    for who, token in others.items():
        if probes[case.operation.label, who] < MOST_PROBES:
            probes[case.operation.label, who] += 1
            answers.setdefault(case.id, {})[who] = (
                _ask(case, given, token),
                _ask(case, {name: _made_up(value) for name, value in given.items()}, token),
            )


def _is_for_lower(case: AnyCase) -> bool:
    """Say whether a MEMBER may be asked to do it: they read, or they must be refused."""
    return case.method == "GET" or case.operation.definition.raw["x-least-role"] in LEAST_ROLES


def _ask(case: Any, path_parameters: dict[str, Any], token: str) -> httpx2.Response:
    """Send a call as somebody else."""
    copy = case.derive()
    copy.path_parameters = path_parameters
    sent = copy.as_transport_kwargs(base_url=case.operation.base_url)
    return client.request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        headers={**sent["headers"], "Authorization": f"Bearer {token}"},
        content=json.dumps(sent["json"]) if "json" in sent else sent.get("data"),
    )


def _made_up(value: Any) -> Any:
    return value[:-10] + "0000000000" if isinstance(value, str) and ID.fullmatch(value) else value


@schemathesis.check
class NobodyElseReachesIt:
    """What a call reaches is nothing to strangers, and to a MEMBER only what they may see.

    A stranger is answered as if there were no such thing, to the byte.
    """

    def __init__(self) -> None:
        """Begin to count."""
        self.kept_out: set[str] = set()

    def after_response(self, ctx: CheckContext, response: Response, case: AnyCase) -> None:
        """Compare what the others were answered with what the caller was."""
        found = answers.pop(case.id, {})
        if not 200 <= response.status_code < 300:
            return
        for who, (answered, nothing) in found.items():
            if who == "lower" and answered.is_success:
                hidden = _names(answered.json()["data"]) & _hidden(case)
                assert case.method == "GET", f"a MEMBER may {case.operation.label}"
                assert not hidden, f"a MEMBER is shown {sorted(hidden)}"
                continue
            assert answered.status_code in (403, 404), f"{who} was answered {answered.status_code}"
            assert _told(answered) == _told(nothing), f"{who} is told apart what is not there"
            self.kept_out.add(f"{who}: {case.operation.label}")

    def after_run(self, ctx: CheckContext) -> None:
        """Tell the test how much was seen."""
        Path(os.environ["HOURSMITH_TEST_SEEN"]).write_text(json.dumps(sorted(self.kept_out)))


def _told(answer: httpx2.Response) -> str:
    """Return what an answer says, but for its own id and those that were sent."""
    return ID.sub("", re.sub(r'"requestId":"[^"]*"', "", answer.text))


def _names(value: Any) -> set[str]:
    if is_object(value):
        return {*value} | {name for inner in value.values() for name in _names(inner)}
    if is_array(value):
        return {name for inner in value for name in _names(inner)}
    return set()


def _hidden(case: AnyCase) -> set[str]:
    """Return the names of fields that are hidden from a MEMBER wherever they occur."""
    schemas: dict[str, Any] = case.operation.schema.raw_schema["components"]["schemas"]
    fields = [field for one in schemas.values() for field in one.get("properties", {}).items()]
    shown = {name for name, schema in fields if "x-hidden-from" not in schema}
    return {name for name, schema in fields if "x-hidden-from" in schema} - shown
