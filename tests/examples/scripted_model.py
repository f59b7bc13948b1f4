"""A model that follows a script, served on this machine in the forms of several vendors' APIs.

It holds those who ask it to the rules that the vendors hold them to: they offer the tools that it
calls, and tell it what came of each of its calls, under the call's own id.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROPOSAL = re.compile(r"pp_\w+")


@dataclass(frozen=True)
class Step:
    """A call that the model wants; "{proposal}" stands for the last that it was told of."""

    tool: str
    arguments: Mapping[str, str]


@dataclass(frozen=True)
class Turn:
    """What one request tells the model: the tools there are, and what came of its calls."""

    offered: Sequence[str]
    results: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """What the model does next: a call, or its last words."""

    id: str = ""
    tool: str = ""
    arguments: Any = None
    text: str = ""


BILLING = (
    # There is no such project: the refusal reaches the model, which then gets it right.
    Step("log_time", {"project": "acme rebuild", "duration": "2h", "note": "Wireframes"}),
    Step("log_time", {"project": "acme redesign", "duration": "2h", "note": "Wireframes"}),
    Step("preview_invoice", {"client": "Acme"}),
    Step("create_invoice", {"proposal": "{proposal}"}),
)
LAST_WORDS = "Two hours are logged, and the invoice is drafted."


def next_reply(turn: Turn) -> Reply:
    """Follow the script, from where the conversation stands."""
    done = len(turn.results)
    assert [id for id, _ in turn.results] == [f"call_{number}" for number in range(done)]
    if done == len(BILLING):
        return Reply(text=LAST_WORDS)
    step = BILLING[done]
    assert step.tool in turn.offered
    proposals = PROPOSAL.findall("".join(text for _, text in turn.results))
    proposal = proposals[-1] if proposals else ""
    arguments = {name: text.format(proposal=proposal) for name, text in step.arguments.items()}
    return Reply(f"call_{done}", step.tool, arguments)


def responses(body: Any) -> Any:
    """OpenAI's Responses, which both agent libraries speak."""
    results = [
        (item["call_id"], str(item["output"]))
        for item in body["input"]
        if item.get("type") == "function_call_output"
    ]
    reply = next_reply(Turn([tool["name"] for tool in body["tools"]], results))
    arguments = json.dumps(reply.arguments)
    words: dict[str, Any] = {"type": "output_text", "text": reply.text, "annotations": []}
    said: dict[str, Any] = {"type": "message", "id": "msg", "role": "assistant", "content": [words]}
    call = {"type": "function_call", "id": f"fc_{reply.id}", "call_id": reply.id}
    called = {**call, "name": reply.tool, "arguments": arguments}
    return {
        "id": "resp",
        "object": "response",
        "created_at": 0,
        "model": body["model"],
        "status": "completed",
        "output": [{**(called if reply.tool else said), "status": "completed"}],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": list[Any](),
    }


def chat_completions(body: Any) -> Any:
    """OpenAI's chat completions."""
    told = [one for one in body["messages"] if one["role"] == "tool"]
    results = [(one["tool_call_id"], one["content"]) for one in told]
    assert {tool["type"] for tool in body["tools"]} == {"function"}
    reply = next_reply(Turn([tool["function"]["name"] for tool in body["tools"]], results))
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.tool:
        function = {"name": reply.tool, "arguments": json.dumps(reply.arguments)}
        message["tool_calls"] = [{"id": reply.id, "type": "function", "function": function}]
    return {"choices": [{"index": 0, "message": message}]}


def messages(body: Any) -> Any:
    """Anthropic's Messages."""
    told = [
        part
        for one in body["messages"]
        if one["role"] == "user" and not isinstance(one["content"], str)
        for part in one["content"]
    ]
    assert [part["is_error"] for part in told] == [True, False, False, False][: len(told)]
    results = [(part["tool_use_id"], part["content"]) for part in told]
    assert all("input_schema" in tool for tool in body["tools"])
    reply = next_reply(Turn([tool["name"] for tool in body["tools"]], results))
    call = {"type": "tool_use", "id": reply.id, "name": reply.tool, "input": reply.arguments}
    return {"content": [call if reply.tool else {"type": "text", "text": reply.text}]}


def generate_content(body: Any) -> Any:
    """Google's generateContent."""
    parts = [part for one in body["contents"] if one["role"] == "user" for part in one["parts"]]
    told = [part["functionResponse"] for part in parts if "functionResponse" in part]
    results = [(one["id"], json.dumps(one["response"])) for one in told]
    assert [one["name"] for one in told] == [step.tool for step in BILLING[: len(told)]]
    (tools,) = [tool["functionDeclarations"] for tool in body["tools"]]
    assert all(tool["parametersJsonSchema"]["type"] == "object" for tool in tools)
    reply = next_reply(Turn([tool["name"] for tool in tools], results))
    call = {"functionCall": {"id": reply.id, "name": reply.tool, "args": reply.arguments}}
    part = call if reply.tool else {"text": reply.text}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}}]}


FORMS = {
    "/responses": responses,
    "/chat/completions": chat_completions,
    "/v1/messages": messages,
    "/v1beta/models/scripted:generateContent": generate_content,
}


class Handler(BaseHTTPRequestHandler):
    """Answers each request by its path; what breaks a rule is answered with why."""

    def do_POST(self) -> None:
        """Answer one request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self._answer(200, FORMS[self.path](body))
        except (AssertionError, LookupError, TypeError) as broken:
            self._answer(400, {"error": {"message": repr(broken)}})

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def _answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def scripted_model() -> Generator[dict[str, str]]:
    """Serve the model; yields the environment in which programs find it, whoever they ask."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    hosts = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL")
    keys = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")
    try:
        yield {**dict.fromkeys(hosts, address), **dict.fromkeys(keys, "no key is needed")}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
