"""The receiver among the examples takes our messages, and nobody else's, nor one twice."""

from __future__ import annotations

import importlib.util
import json
import os
import time
from typing import Any

import httpx2
import pytest
from running import EXAMPLES

from hoursmith_mcp.webhooks.envelope import Message
from hoursmith_mcp.webhooks.samples import read_sample
from hoursmith_mcp.webhooks.signatures import mint_secret, signature_headers

SECRET = mint_secret(os.urandom)


def receiver() -> Any:
    spec = importlib.util.spec_from_file_location("receiver", EXAMPLES / "webhook_receiver.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.anyio
async def test_a_message_counts_once_and_only_with_its_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    module = receiver()
    sample = read_sample("invoice.paid")
    body = Message("ev_1", "invoice.paid", 1, 0, "org_1", True, 1, sample).body()

    def signed(at: float) -> dict[str, str]:
        return signature_headers([SECRET], message_id="ev_1", at_seconds=int(at), body=body)

    transport = httpx2.ASGITransport(module.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://here") as client:

        async def post(content: bytes, headers: dict[str, str]) -> int:
            return (await client.post("/in", content=content, headers=headers)).status_code

        now = time.time()
        assert await post(body, signed(now)) == 204
        assert await post(body, signed(now - 60)) == 204
        assert await post(body.replace(b"paid", b"void"), signed(now)) == 400
        assert await post(body, signed(now - 600)) == 400
        assert await post(body, {}) == 400
        assert await post(b"\xff", signed(now)) == 400
    assert module.paid == [json.loads(body)["data"]["invoice"]["number"]]
