"""The keys of an authorization server: found where it says, kept a while, and looked up anew."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from hoursmith_mcp.errors import InvalidInput, Unavailable
from hoursmith_mcp.schemas.json_values import is_array, is_object

GOOD_FOR_US = 600 * 1_000_000
"""How long keys are used before they are read again, in microseconds."""

PAUSE_US = 30 * 1_000_000
"""How long it is at least between two readings, whatever key a token names, in microseconds."""

LONGEST_WITHOUT_US = 3_600 * 1_000_000
"""How long keys are still used while their server cannot be reached, in microseconds."""

TIMEOUT_SECONDS = 5
MOST_BYTES = 256 * 1024
AWAY = "The authorization server cannot be reached, so its tokens cannot be checked. Try again."

logger = logging.getLogger("hoursmith_mcp")

Key = dict[str, Any]


class AuthorityKeys:
    """The public keys of one authorization server, as JSON Web Keys."""

    def __init__(self, issuer: str, now_us: Callable[[], int]) -> None:
        """Take the issuer and the clock; raises InvalidInput where it is no safe address."""
        if not is_safe(issuer):
            raise InvalidInput(
                "HOURSMITH_AUTH_ISSUER is no address of an authorization server: write it whole, "
                "as https://login.example (http:// on this machine only)."
            )
        self._issuer = issuer
        self._now_us = now_us
        self._keys: list[Key] = []
        self._read_at: int | None = None
        self._tried_at: int | None = None
        self._reading = asyncio.Lock()

    async def named(self, key_id: str | None) -> Sequence[Key]:
        """Return the keys that may have signed: of that id, or all where a token names none.

        An id that is not known may be of a new key: they are read again, but not at every call.
        Raises Unavailable where there are none and the server cannot be reached.
        """
        if self._is_old() or not self._of(key_id):
            async with self._reading:
                if self._is_old() or not self._of(key_id):
                    await self._read_again()
        if self._read_at is None or self._now_us() - self._read_at > LONGEST_WITHOUT_US:
            raise Unavailable(AWAY)
        return self._of(key_id)

    def _of(self, key_id: str | None) -> list[Key]:
        return [one for one in self._keys if key_id is None or one.get("kid") == key_id]

    def _is_old(self) -> bool:
        return self._read_at is None or self._now_us() - self._read_at >= GOOD_FOR_US

    async def _read_again(self) -> None:
        now_us = self._now_us()
        if self._tried_at is not None and now_us - self._tried_at < PAUSE_US:
            return
        self._tried_at = now_us
        try:
            self._keys = await self._fetch()
            self._read_at = now_us
        except (OSError, ValueError) as error:
            logger.warning("the authorization server's keys could not be read: %s", error)

    async def _fetch(self) -> list[Key]:
        for address in _descriptions(self._issuer):
            described = await _document(address)
            if described is None:
                continue
            if described.get("issuer") != self._issuer:
                raise ValueError(f"{address} names another issuer")
            where = described.get("jwks_uri")
            if not isinstance(where, str) or not is_safe(where):
                raise ValueError(f"{address} names no safe place of keys")
            found = await _document(where)
            keys = (found or {}).get("keys")
            if not is_array(keys):
                raise ValueError(f"{where} has no keys")
            return [one for one in keys if is_object(one) and one.get("use", "sig") == "sig"]
        raise ValueError(f"{self._issuer} does not describe itself")


def is_safe(address: str) -> bool:
    """Tell whether what is read at an address is what its owner wrote: TLS, or this machine."""
    try:
        parts = urlsplit(address)
        if parts.username is not None or parts.fragment or parts.query or not parts.hostname:
            return False
        if parts.scheme == "https":
            return parts.port != 0
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname).is_loopback
        )
    except ValueError:
        return False


def _descriptions(issuer: str) -> list[str]:
    """Return where an issuer may describe itself (RFC 8414, OpenID Connect Discovery)."""
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    return [
        f"{root}/.well-known/oauth-authorization-server{path}",
        f"{root}/.well-known/openid-configuration{path}",
        f"{root}{path}/.well-known/openid-configuration",
    ]


async def _document(address: str) -> dict[str, Any] | None:
    """Read a JSON object; None where there is nothing. Raises OSError or ValueError."""
    import httpx2

    body = bytearray()
    try:
        # No redirect is followed: keys come from where they are said to be.
        async with (
            httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status_code == 404:
                return None
            if answer.status_code != 200:
                raise ValueError(f"{address} answered {answer.status_code}")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise ValueError(f"{address} answered too much")
    except httpx2.HTTPError as error:
        raise OSError(f"{address}: {type(error).__name__}") from error
    found: Any = json.loads(body)
    if not is_object(found):
        raise ValueError(f"{address} answered no object")
    return found
