"""Whoever tries a webhook out is sent every type of event, as the documents of the API say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dispatching import SETTINGS, add_endpoint, dispatching, round
from houses import Clock, InProcess, open_house
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types
from receivers import receiving, saying

from hoursmith_mcp.adapters.rest.openapi import build_openapi
from hoursmith_mcp.schemas.event_types import EVENT_TYPES

pytestmark = [pytest.mark.anyio, pytest.mark.ci]


@pytest.mark.parametrize("thin", [False, True])
async def test_a_test_of_each_type_is_as_the_document_says(
    sqlite_url: str, clock: Clock, thin: bool
) -> None:
    async with (
        open_house(sqlite_url, clock=clock, **SETTINGS) as (runtime, caller),
        receiving(saying("204 No Content")) as receiver,
        dispatching(runtime) as dispatcher,
    ):
        webhook = await add_endpoint(runtime, caller, receiver.url(), "client.created", thin=thin)
        for type in EVENT_TYPES:
            given = {"webhook": webhook, "event": type}
            await InProcess(runtime, caller).call("send_test_event", **given)
        while len(receiver.requests) < len(EVENT_TYPES):
            await round(dispatcher)
        document: dict[str, Any] = build_openapi(
            runtime.catalogue, server_url="https://example.com"
        )
    sent = {(body := json.loads(one.body))["type"]: body for one in receiver.requests}
    assert set(sent) == set(document["webhooks"])
    for type, body in sent.items():
        content = document["webhooks"][type]["post"]["requestBody"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        validator: Any = Draft202012Validator(schema)
        assert list(validator.iter_errors(body)) == [], type
        assert body["data"]["test"] is True
        assert body["livemode"] is False
