"""A little authorization server on this machine: it describes itself, has keys, and signs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

RESOURCE = "https://hours.example/mcp"
ELSEWHERE = ec.generate_private_key(ec.SECP256R1())


class LittleAuthority:
    """An authorization server, and all that can be wrong with one."""

    def __init__(self, issuer: str) -> None:
        """Take its own address; it begins with one key of each common kind."""
        self.issuer = issuer
        self.described_issuer = issuer
        self.is_away = False
        self.keys_read = 0
        self.rsa = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self.keys: dict[str, Any] = {}
        self.add_key("first")

    def add_key(self, name: str) -> None:
        """Sign with a new key from now on."""
        self.keys[name] = ec.generate_private_key(ec.SECP256R1())

    def token(
        self, *, key: Any = None, algorithm: str = "ES256", kid: str | None = None, **claims: Any
    ) -> str:
        """Sign a token; what is None among the claims is left out of it."""
        name = list(self.keys)[-1]
        everything = {
            "iss": self.issuer,
            "aud": RESOURCE,
            "sub": "someone",
            "email": "ada@example.com",
            "email_verified": True,
            "scope": "time:read time:write clients:read openid",
            **claims,
        }
        given = {one: value for one, value in everything.items() if value is not None}
        headers = {"kid": kid or name, "typ": "at+jwt"}
        return jwt.encode(given, key or self.keys[name], algorithm=algorithm, headers=headers)

    def application(self) -> Starlette:
        """Return what answers."""
        return Starlette(
            routes=[
                Route("/.well-known/oauth-authorization-server", self._describe),
                Route("/keys", self._keys),
            ]
        )

    async def _describe(self, _: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        return JSONResponse({"issuer": self.described_issuer, "jwks_uri": f"{self.issuer}/keys"})

    async def _keys(self, _: Request) -> Response:
        self.keys_read += 1
        kinds = [
            {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name}
            for name, key in self.keys.items()
        ]
        of_rsa = RSAAlgorithm.to_jwk(self.rsa.public_key(), as_dict=True)
        unknown = {"kty": "NEW", "kid": "from the future"}
        return JSONResponse({"keys": [unknown, *kinds, {**of_rsa, "kid": "rsa", "use": "sig"}]})


@contextmanager
def little_authority() -> Generator[LittleAuthority]:
    """Serve an authorization server on a free port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        authority = LittleAuthority(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(authority.application(), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield authority
        finally:
            server.should_exit = True
            thread.join()
