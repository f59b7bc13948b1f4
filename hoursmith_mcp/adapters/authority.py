"""Tokens of an authorization server: verified here, for members that it knows by e-mail.

It is asked for nothing but its keys. A token must be signed by one of them, for this house, and
name an address that was verified; what it may do is what it says, as far as we know such scopes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from hoursmith_mcp.access.actor import Identity
from hoursmith_mcp.access.grants import read_scopes
from hoursmith_mcp.access.roles import Scope
from hoursmith_mcp.adapters.authority_keys import AuthorityKeys, Key
from hoursmith_mcp.adapters.bearer import LOCAL_NAMES
from hoursmith_mcp.errors import InvalidInput, Unauthenticated
from hoursmith_mcp.schemas.json_values import is_array
from hoursmith_mcp.settings import Settings

ALGORITHMS = frozenset("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split())
"""Signatures that only the holder of a private key can make."""

KINDS = frozenset({None, "jwt", "at+jwt", "application/at+jwt"})
MOST_CHARACTERS = 16_384
LEEWAY_US = 30 * 1_000_000
"""How far two clocks may be apart, in microseconds."""

WELL_KNOWN = "/.well-known/oauth-protected-resource"
FOREIGN = (
    "That token was not made for this house by the authorization server that it trusts. Sign in "
    "again."
)
NO_ADDRESS = (
    "That token names no verified e-mail address, so nobody can be found by it: let the "
    "authorization server put email and email_verified into its tokens."
)


class Authority:
    """The authorization server that a house trusts."""

    def __init__(self, issuer: str, resource: str, now_us: Callable[[], int]) -> None:
        """Take who makes the tokens, and the address of ours that they must be made for.

        Raises InvalidInput where the issuer is no safe address.
        """
        self._issuer = issuer
        self._resource = resource
        self._now_us = now_us
        self._keys = AuthorityKeys(issuer, now_us)

    @property
    def metadata_url(self) -> str:
        """Where clients learn of the authorization server (RFC 9728)."""
        parts = urlsplit(self._resource)
        return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path}"

    def routes(self) -> list[Route]:
        """Return the routes at which the house says whom it trusts."""
        document = {
            "resource": self._resource,
            "authorization_servers": [self._issuer],
            "scopes_supported": sorted(Scope),
            "bearer_methods_supported": ["header"],
            "resource_name": "Hoursmith",
        }

        async def describe(_: Request) -> JSONResponse:
            return JSONResponse(document, headers={"Access-Control-Allow-Origin": "*"})

        return [Route(WELL_KNOWN + path, describe) for path in ("", urlsplit(self._resource).path)]

    async def read(self, token: str) -> Identity:
        """Verify a token and return whom it stands for.

        Raises Unauthenticated, or Unavailable where the keys cannot be had.
        """
        header = _header(token)
        algorithm = header["alg"]
        for key in await self._keys.named(header.get("kid")):
            claims = self._claims(token, key, algorithm)
            if claims is not None:
                return self._identity(claims)
        raise Unauthenticated(FOREIGN)

    def _claims(self, token: str, key: Key, algorithm: str) -> dict[str, Any] | None:
        if key.get("alg", algorithm) != algorithm:
            return None
        try:
            return jwt.decode(
                token,
                jwt.PyJWK(key, algorithm=algorithm),
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._resource,
                # Times are compared with the clock of the house.
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None

    def _identity(self, claims: dict[str, Any]) -> Identity:
        latest_us = self._now_us() + LEEWAY_US
        if any(_instant_us(claims.get(name, 0)) > latest_us for name in ("nbf", "iat")):
            raise Unauthenticated(FOREIGN)
        email = claims.get("email")
        is_verified = claims.get("email_verified") is True
        if not is_verified or not isinstance(email, str) or "@" not in email:
            raise Unauthenticated(NO_ADDRESS)
        return Identity(
            email=email.strip().lower(),
            scopes=read_scopes(_scope_text(claims)),
            expires_at=_instant_us(claims["exp"]) + LEEWAY_US,
        )


def authority_of(settings: Settings, host: str, port: int, now_us: Callable[[], int]) -> Authority:
    """Return the authorization server that settings name, for the address that clients use.

    Raises InvalidInput where it is no safe address, or ours is not known to those who use it.
    """
    if not settings.public_url and host not in LOCAL_NAMES:
        raise InvalidInput(
            "Tokens of an authorization server are made for one address: set HOURSMITH_PUBLIC_URL "
            "to the one that clients use."
        )
    ours = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    resource = (settings.public_url or ours).rstrip("/") + "/mcp"
    return Authority(settings.auth_issuer, resource, now_us)


def _header(token: str) -> dict[str, Any]:
    """Read what a token says of its signature; raises Unauthenticated for what is not allowed."""
    try:
        if len(token) > MOST_CHARACTERS:
            raise Unauthenticated(FOREIGN)
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(FOREIGN) from None
    kind = header.get("typ")
    is_known = kind is None or (isinstance(kind, str) and kind.lower() in KINDS)
    key_id = header.get("kid")
    if (
        header.get("alg") not in ALGORITHMS
        or not is_known
        or "crit" in header
        or not isinstance(key_id, str | None)
    ):
        raise Unauthenticated(FOREIGN)
    return header


def _instant_us(seconds: object) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Unauthenticated(FOREIGN)
    if not math.isfinite(seconds) or abs(seconds) > 1e12:
        raise Unauthenticated(FOREIGN)
    return int(seconds) * 1_000_000


def _scope_text(claims: dict[str, Any]) -> str:
    """Return the scopes of a token, which some servers write as a list."""
    found = claims.get("scope", claims.get("scp", ""))
    if is_array(found):
        found = " ".join(word for word in found if isinstance(word, str))
    return found if isinstance(found, str) else ""
