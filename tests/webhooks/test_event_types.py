"""One catalogue knows every event that operations emit: by schema, and by a sample of each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from hoursmith_mcp.schemas.event_types import EVENT_TYPES
from hoursmith_mcp.webhooks.envelope import Message, envelope_schema
from hoursmith_mcp.webhooks.samples import read_sample

DOCUMENTED = {
    "invoice.sent",
    "invoice.paid",
    "invoice.payment_failed",
    "time_entry.created",
    "task.created",
    "task.completed",
    "client.created",
    "project.created",
}


def message(type: str, thing: dict[str, Any], **rest: Any) -> Message:
    return Message("ev_1", type, 1, 1_795_167_000_500_000, "org_1", True, 7, thing, **rest)


def mistakes(schema: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    validator: Any = Draft202012Validator(schema)
    return list(validator.iter_errors(document))


def test_the_documented_types_are_there_and_one_is_not_sent_yet() -> None:
    assert set(EVENT_TYPES) >= DOCUMENTED
    assert {one.name for one in EVENT_TYPES.values() if not one.is_sent} == {
        "invoice.payment_failed"
    }


@pytest.mark.ci
@pytest.mark.parametrize("type", EVENT_TYPES)
def test_a_sample_is_as_its_schema_says(type: str) -> None:
    schema = envelope_schema(EVENT_TYPES[type])
    Draft202012Validator.check_schema(schema)
    for way in ({}, {"thin": True}, {"test": True}):
        document = message(type, read_sample(type), **way).document()
        assert mistakes(schema, document) == []
    schema["properties"]["data"]["additionalProperties"] = False
    assert mistakes(schema, document) == []


def test_the_envelope_is_the_documented_one_and_that_of_the_standard() -> None:
    found = json.loads(message("invoice.paid", read_sample("invoice.paid")).body())
    assert {key: part for key, part in found.items() if key != "data"} == {
        "id": "ev_1",
        "type": "invoice.paid",
        "timestamp": "2026-11-20T09:30:00.500000Z",
        "created": 1_795_167_000,
        "orgId": "org_1",
        "livemode": True,
        "seq": 7,
        "version": 1,
    }
    assert set(found["data"]) == {"invoice", "payment"}
    assert found["data"]["invoice"]["paymentStatus"] == "paid"
    assert found["data"]["payment"] == found["data"]["invoice"]["payments"][-1]


def test_a_thin_message_holds_ids_alone_and_a_test_says_that_it_is_one() -> None:
    entry = read_sample("time_entry.created")
    thin = message("time_entry.created", entry, thin=True, test=True).document()
    assert thin["data"] == {"timeEntry": {"id": entry["id"]}, "test": True}
    assert thin["livemode"] is False
