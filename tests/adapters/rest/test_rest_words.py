"""The REST adapter names nothing of the domain: all of that comes from the records."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hoursmith_mcp.adapters.rest as adapter
from hoursmith_mcp.catalogue import load

FILES = sorted(Path(adapter.__file__).parent.glob("*.py"))
OPERATIONS = load().operations.values()

SHARED = {
    "accept": "a header of HTTP",
    "client": "who calls over HTTP",
    "data": "what an answer is",
    "kind": "an English noun",
    "leave": "an English verb",
    "line": "of a text",
    "event": "of any kind, told to others",
    "find": "an English verb",
    "member": "a role",
    "name": "what anything has",
    "rate": "of requests, in headers",
    "run": "an English verb",
    "secret": "what nobody is told",
    "send": "what ASGI calls an answer's way",
    "thing": "whatever it is",
    "time": "an English noun",
    "token": "what opens the door",
    "webhook": "what OpenAPI calls that which is sent to others",
}
"""Words of the domain that mean something else around HTTP."""


def singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")


def words_of(text: str) -> set[str]:
    """Return the words of a text in the singular, those within identifiers as well."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return {singular(word.lower()) for word in re.findall(r"[A-Za-z]{3,}", apart)}


DOMAIN = {
    word
    for one in OPERATIONS
    for text in (one.name.partition("_")[2], (one.rest or "").partition(" ")[2])
    for word in words_of(text)
} - SHARED.keys()
"""What operations are about, and what their paths name."""


def test_the_words_are_those_of_the_catalogue() -> None:
    assert DOMAIN >= {"invoice", "project", "task", "timer", "entry", "payment", "contact"}
    assert words_of("timeEntryId of_projects CLIENTS") >= {"entry", "project", "client"}


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_the_adapter_says_none_of_them(file: Path) -> None:
    assert not words_of(file.read_text("utf-8")) & DOMAIN
