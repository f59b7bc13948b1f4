"""Signatures: by Standard Webhooks, and in the documented form, over the bytes that are sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"
DOCUMENTED = "Hoursmith-Signature"


def mint_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Make the secret of an endpoint: `whsec_` and 32 bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(random_bytes(SECRET_BYTES)).decode("ascii")


def signature_headers(
    secrets: Sequence[str], *, message_id: str, at_seconds: int, body: bytes
) -> dict[str, str]:
    """Return the headers that prove where a message comes from.

    `secrets` are those that hold now: one, or several while a receiver changes over. `at_seconds`
    is the attempt's own, since 1970. The documented form takes the text of the secret as the key,
    as whoever verifies it does with the text that they were shown.
    """
    stamp = str(at_seconds)
    standard = b".".join([message_id.encode("ascii"), stamp.encode("ascii"), body])
    documented = b".".join([stamp.encode("ascii"), body])
    return {
        ID: message_id,
        TIMESTAMP: stamp,
        SIGNATURE: " ".join(f"v1,{_in_base64(secret, standard)}" for secret in secrets),
        DOCUMENTED: ",".join(
            [f"t={stamp}", *(f"v1={_in_hex(secret, documented)}" for secret in secrets)]
        ),
    }


def _in_base64(secret: str, message: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode("ascii")


def _in_hex(secret: str, message: bytes) -> str:
    return hmac.digest(secret.encode("ascii"), message, hashlib.sha256).hex()
