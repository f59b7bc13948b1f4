"""Which names this server answers to, so that no page of another can pose as its own."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hoursmith_mcp.adapters.bearer import read_public_url
from hoursmith_mcp.adapters.requests import request_id
from hoursmith_mcp.adapters.rest.problems import Problem, answer

HTTP_PORT = 80
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Allowed:
    """The hosts and origins that requests may name; `:*` at the end is any port."""

    hosts: tuple[str, ...]
    origins: tuple[str, ...]

    def problem(self, headers: Headers) -> Problem | None:
        """Return why a request is refused; None where it is not."""
        if not _is_among(headers.get("host", ""), self.hosts):
            return Problem(
                421,
                "bad_request",
                "This server has no such name: set HOURSMITH_PUBLIC_URL to its address.",
                kind="unknown_host",
            )
        origin = headers.get("origin")
        if origin is not None and not _is_among(origin, self.origins):
            return Problem(
                403,
                "forbidden_scope",
                "Pages of other sites may not call this server.",
                kind="foreign_origin",
            )
        return None


class Guarded:
    """Lets requests through that name an allowed host, and no origin but an allowed one."""

    def __init__(self, app: ASGIApp, allowed: Allowed) -> None:
        """Take what is guarded, and what is allowed."""
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        problem = self._allowed.problem(Headers(scope=scope)) if scope["type"] == "http" else None
        app = self._app if problem is None else answer(problem, request_id(scope))
        await app(scope, receive, send)


def allowed(host: str, port: int, public_url: str) -> Allowed:
    """Allow this machine's own names, the address that is served, and the public one."""
    # Without a port a name means the one of the protocol, which clients leave out.
    hosts = [*LOCAL_HOSTS, *(f"{name}:*" for name in LOCAL_HOSTS), f"{host}:{port}"]
    if port == HTTP_PORT:
        hosts.append(host)
    origins = [f"http://{one}" for one in hosts]
    public = read_public_url(public_url)
    if public is not None:
        hosts += [public.hostname or "", public.netloc.lower()]
        origins.append(f"{public.scheme}://{public.netloc.lower()}")
    return Allowed(tuple(hosts), tuple(origins))


def _is_among(given: str, known: tuple[str, ...]) -> bool:
    given = given.lower()
    before_port = given.rpartition(":")[0]
    return given in known or f"{before_port}:*" in known
