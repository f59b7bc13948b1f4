"""How the models of three vendors are asked over plain HTTP, and told what tools answered.

A part of agent_in_process.py. The variables for their addresses are those that the vendors' own
libraries read too; with OPENAI_BASE_URL it asks any server that speaks chat completions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from hoursmith_mcp.toolkit import Format

Json = dict[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """A call that a model wants made."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True)
class Outcome:
    """What came of a call: the tool's answer, or why it was refused."""

    call: ToolCall
    data: Json
    refused: bool


@dataclass(frozen=True)
class Vendor:
    """What differs from one vendor to the next."""

    format: Format
    request: Callable[[str], Json]
    """What a person says, as a message."""
    ask: Callable[[str, list[Json], list[Json]], Json]
    """What a model replies to messages, given tools: the next message."""
    calls: Callable[[Json], list[ToolCall]]
    """The calls that a reply wants made."""
    results: Callable[[list[Outcome]], list[Json]]
    """What came of them, as messages."""
    said: Callable[[Json], str]
    """The text of a reply."""


def _post(path: str, headers: dict[str, str], body: Json) -> Any:
    headers = {**headers, "Content-Type": "application/json"}
    with urlopen(Request(path, json.dumps(body).encode(), headers), timeout=120) as answer:
        return json.load(answer)


# OpenAI: chat completions.


def _ask_openai(model: str, messages: list[Json], tools: list[Json]) -> Json:
    host = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    body = {"model": model, "messages": messages, "tools": tools}
    message: Json = _post(f"{host}/chat/completions", headers, body)["choices"][0]["message"]
    return message


def _openai_calls(reply: Json) -> list[ToolCall]:
    wanted: list[Json] = reply.get("tool_calls") or []
    functions = [(one["id"], one["function"]) for one in wanted]
    return [ToolCall(id, one["name"], json.loads(one["arguments"])) for id, one in functions]


def _openai_result(one: Outcome) -> Json:
    return {"role": "tool", "tool_call_id": one.call.id, "content": json.dumps(one.data)}


OPENAI = Vendor(
    format="openai",
    request=lambda text: {"role": "user", "content": text},
    ask=_ask_openai,
    calls=_openai_calls,
    results=lambda outcomes: [_openai_result(one) for one in outcomes],
    said=lambda reply: reply.get("content") or "",
)


# Anthropic: messages.


def _ask_anthropic(model: str, messages: list[Json], tools: list[Json]) -> Json:
    host = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    headers = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"}
    body = {"model": model, "max_tokens": 4096, "messages": messages, "tools": tools}
    return {
        "role": "assistant",
        "content": _post(f"{host}/v1/messages", headers, body)["content"],
    }


def _anthropic_calls(reply: Json) -> list[ToolCall]:
    wanted = [part for part in reply["content"] if part["type"] == "tool_use"]
    return [ToolCall(part["id"], part["name"], part["input"]) for part in wanted]


def _anthropic_result(one: Outcome) -> Json:
    told = {"type": "tool_result", "tool_use_id": one.call.id, "is_error": one.refused}
    return {**told, "content": json.dumps(one.data)}


ANTHROPIC = Vendor(
    format="anthropic",
    request=lambda text: {"role": "user", "content": text},
    ask=_ask_anthropic,
    calls=_anthropic_calls,
    results=lambda outcomes: [
        {"role": "user", "content": [_anthropic_result(one) for one in outcomes]}
    ],
    said=lambda reply: "".join(part.get("text", "") for part in reply["content"]),
)


# Google: generateContent. It takes MCP's definitions, with the schema under another name.


def _ask_google(model: str, messages: list[Json], tools: list[Json]) -> Json:
    host = os.environ.get("GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com")
    headers = {"x-goog-api-key": os.environ["GEMINI_API_KEY"]}
    declared = [
        {
            "name": one["name"],
            "description": one["description"],
            "parametersJsonSchema": one["inputSchema"],
        }
        for one in tools
    ]
    body = {"contents": messages, "tools": [{"functionDeclarations": declared}]}
    answer = _post(f"{host}/v1beta/models/{model}:generateContent", headers, body)
    content: Json = answer["candidates"][0]["content"]
    return content


def _google_calls(reply: Json) -> list[ToolCall]:
    wanted = [part["functionCall"] for part in reply["parts"] if "functionCall" in part]
    return [ToolCall(one.get("id", ""), one["name"], one.get("args", {})) for one in wanted]


def _google_result(one: Outcome) -> Json:
    response = {"error" if one.refused else "output": one.data}
    told = {"id": one.call.id, "name": one.call.name, "response": response}
    return {"functionResponse": told}


GOOGLE = Vendor(
    format="mcp",
    request=lambda text: {"role": "user", "parts": [{"text": text}]},
    ask=_ask_google,
    calls=_google_calls,
    results=lambda outcomes: [{"role": "user", "parts": [_google_result(one) for one in outcomes]}],
    said=lambda reply: "".join(part.get("text", "") for part in reply["parts"]),
)

VENDORS = {"openai": OPENAI, "anthropic": ANTHROPIC, "google": GOOGLE}
