"""Asking the person before a client: by elicitation, in the way of either era.

In the older era the server sends a request of its own and waits for the answer. In the newer one
it answers that input is required, and the client calls again with the answers and with our state:
the answers so far and what the open question stands for. The state needs no seal: it can hold
nothing but arguments, which the client could send itself, and a `confirm` is checked against its
row.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolRequestParams, ElicitResult
from pydantic import BaseModel, ConfigDict, Field

from hoursmith_mcp.adapters.mcp.context import Context
from hoursmith_mcp.errors import Declined
from hoursmith_mcp.questions import CONFIRM, Option, Question

ELICITATION_ENDS_IN = "2026-07-28"
"""The first revision that asks by its results instead of by requests of the server."""

TITLED_SINCE = "2025-11-25"
"""The first revision in which a choice carries titles beside its values."""


class InputRequired(Exception):
    """A call cannot go on before its client has answered; `result` says what is asked."""

    def __init__(self, result: dict[str, Any]) -> None:
        """Take the result of tools/call."""
        super().__init__()
        self.result = result


@dataclass(frozen=True)
class Person:
    """Whoever sits before a client that can ask them."""

    context: Context
    answers: Mapping[str, str]
    """What was chosen in answers to earlier questions about the same call, by argument."""

    async def ask(self, question: Question) -> str:
        """Return the value that was chosen.

        Raises Declined where the person did not say yes, InputRequired where the client is to ask.
        """
        version = self.context.protocol_version
        schema = _form(question, titled=version >= TITLED_SINCE)
        if version >= ELICITATION_ENDS_IN:
            raise InputRequired(_input_required(question, schema, self.answers))
        reply = await self.context.session.elicit_form(
            question.message, schema, related_request_id=self.context.request_id
        )
        return _chosen(question, reply)


def person(context: Context, params: CallToolRequestParams) -> Person | None:
    """Return whom a client can ask, if it can; with the answers that came along with a call.

    Raises MCPError for a state that we did not write, and Declined for a person who said no.
    """
    capabilities = context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    if elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return None
    if context.protocol_version < ELICITATION_ENDS_IN:
        return Person(context, {}) if context.session.can_send_request else None
    return Person(context, _answers(params))


def _form(question: Question, *, titled: bool) -> dict[str, Any]:
    """Return the form of a question: a box to tick, or a choice."""
    if question.argument == CONFIRM:
        field: dict[str, Any] = {"type": "boolean", "title": "Go on", "default": True}
    elif titled:
        choices = [{"const": one.value, "title": one.title} for one in question.options]
        field = {"type": "string", "oneOf": choices}
    else:
        field = {
            "type": "string",
            "enum": [one.value for one in question.options],
            "enumNames": [one.title for one in question.options],
        }
    return {
        "type": "object",
        "properties": {question.argument: field},
        "required": [question.argument],
    }


class _State(BaseModel):
    """What comes back with an answer: the answers before, and the question that was asked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    answers: dict[str, str]
    argument: str
    values: Annotated[list[str], Field(min_length=1)]
    fallback: str | None

    def question(self) -> Question:
        """Return the question that was asked, as far as its answer needs it."""
        options = tuple(Option(value, value) for value in self.values)
        return Question("", self.argument, options, self.fallback)


def _input_required(
    question: Question, schema: dict[str, Any], answers: Mapping[str, str]
) -> dict[str, Any]:
    request = {
        "method": "elicitation/create",
        "params": {"mode": "form", "message": question.message, "requestedSchema": schema},
    }
    state = _State(
        answers=dict(answers),
        argument=question.argument,
        values=[one.value for one in question.options],
        fallback=question.fallback,
    )
    return {
        "resultType": "input_required",
        "inputRequests": {question.argument: request},
        "requestState": base64.urlsafe_b64encode(state.model_dump_json().encode()).decode(),
    }


def _answers(params: CallToolRequestParams) -> dict[str, str]:
    """Return the answers so far: those of our state, and the one to its question."""
    if params.request_state is None:
        return {}
    state = _read(params.request_state)
    reply = (params.input_responses or {}).get(state.argument)
    if not isinstance(reply, ElicitResult):
        return state.answers
    return {**state.answers, state.argument: _chosen(state.question(), reply)}


def _read(text: str) -> _State:
    """Read a state that came back; raises MCPError for one that has not our form."""
    try:
        return _State.model_validate_json(base64.b64decode(text, altchars=b"-_", validate=True))
    except ValueError:
        raise MCPError(
            code=INVALID_PARAMS, message="requestState is not as it was sent; call again without."
        ) from None


def _chosen(question: Question, reply: ElicitResult) -> str:
    """Return the value that an answer stands for; raises Declined where it is none."""
    content = reply.content or {}
    value = content.get(question.argument)
    if reply.action == "accept":
        if question.argument == CONFIRM and value is not False:
            return question.options[0].value
        if isinstance(value, str) and value in {one.value for one in question.options}:
            return value
    if question.fallback is not None:
        return question.fallback
    said = "said no" if reply.action in ("accept", "decline") else "gave no answer"
    raise Declined(f"The user was asked and {said}: nothing was done.")
