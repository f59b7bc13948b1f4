"""Whoever has the secret can tell our messages from others, by either signature."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from hoursmith_mcp.webhooks.signatures import (
    DOCUMENTED,
    ID,
    SIGNATURE,
    TIMESTAMP,
    mint_secret,
    signature_headers,
)

OLD, NEW = mint_secret(os.urandom), mint_secret(os.urandom)
BODY = json.dumps({"note": "Größe „0.1“", "amount": "0.30", "long": "x" * 20_000}).encode()


def signed(*secrets: str, at: datetime | None = None, body: bytes = BODY) -> dict[str, str]:
    at_seconds = int((at or datetime.now(UTC)).timestamp())
    return signature_headers(secrets, message_id="ev_1", at_seconds=at_seconds, body=body)


def documented_is_good(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Verify as the documents of the product tell it, and nothing more."""
    parts = [part.split("=", 1) for part in headers[DOCUMENTED].split(",")]
    stamp = next(value for name, value in parts if name == "t")
    wanted = hmac.digest(secret.encode(), f"{stamp}.".encode() + body, "sha256").hex()
    return any(hmac.compare_digest(value, wanted) for name, value in parts if name == "v1")


def test_the_example_of_the_specification_is_signed_as_there() -> None:
    headers = signature_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at_seconds=1_614_265_330,
        body=b'{"test": 2432232314}',
    )
    assert headers[ID] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers[TIMESTAMP] == "1614265330"
    assert headers[SIGNATURE] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_32_bytes_of_chance() -> None:
    assert mint_secret(bytes) == "whsec_" + base64.b64encode(bytes(32)).decode()
    assert OLD != NEW


def test_the_official_library_takes_our_messages() -> None:
    assert Webhook(NEW).verify(BODY, signed(NEW)) == json.loads(BODY)


def test_while_a_secret_is_changed_either_is_good() -> None:
    headers = signed(NEW, OLD)
    for secret in (OLD, NEW):
        Webhook(secret).verify(BODY, headers)
        assert documented_is_good(secret, headers, BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY, signed(NEW))
    assert not documented_is_good(OLD, signed(NEW), BODY)


def test_a_changed_byte_is_noticed_wherever_it_is() -> None:
    headers = signed(NEW)
    for place in (0, len(BODY) // 2, len(BODY) - 2):
        changed = bytearray(BODY)
        changed[place] ^= 1
        assert not documented_is_good(NEW, headers, bytes(changed))
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(bytes(changed).decode("utf-8", "replace"), headers)
    for name, value in ((ID, "ev_2"), (TIMESTAMP, str(int(headers[TIMESTAMP]) + 1))):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(BODY, {**headers, name: value})


def test_the_time_is_that_of_the_attempt_and_an_old_one_is_refused() -> None:
    now = datetime.now(UTC)
    for minutes in (-4, 4):
        Webhook(NEW).verify(BODY, signed(NEW, at=now + timedelta(minutes=minutes)))
    for minutes in (-6, 6):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(BODY, signed(NEW, at=now + timedelta(minutes=minutes)))
