"""Settings: one frozen object, read from the environment in the entry points and passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hoursmith_mcp.errors import InvalidInput

PREFIX = "HOURSMITH_"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "off"})


def _setting(default: Any, description: str) -> Any:
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class Settings:
    """How one process is set up; every field is the environment variable `HOURSMITH_<NAME>`."""

    database_url: str = _setting(
        "",
        "Where the data lives: `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`. "
        "Left out: a SQLite file in the platform's data folder.",
    )
    url: str = _setting(
        "",
        "A server to use instead of a database: `https://…`, or `http://` on this machine. "
        "stdio and `call` then pass everything on to it, with `HOURSMITH_TOKEN`.",
    )
    token: str = _setting(
        "",
        "The token a local door (stdio, `call`, the Toolkit) acts with; needed on PostgreSQL "
        "and by a server.",
    )
    organization: str = _setting(
        "",
        "The id of the organisation to act in, where the database holds several "
        "(`hoursmith-mcp org list`).",
    )
    toolsets: str = _setting(
        "default", "The tools that are shown, comma-separated: `default,tasks`, or `all`."
    )
    read_only: bool = _setting(False, "Show and run only what reads.")
    public_url: str = _setting(
        "", "The address that clients use for this server; its host is then allowed in requests."
    )
    auth_issuer: str = _setting(
        "",
        "An authorization server (OAuth) whose tokens are taken over HTTP, too: "
        "`https://login.example`. They name a member by verified e-mail.",
    )
    rate_limits: str = _setting(
        "100/10,1200/60",
        "How many requests each token may make over HTTP in how many seconds, short and long: "
        "`100/10,1200/60`; `off` for no limit.",
    )
    organization_rate_limits: str = _setting(
        "400/10,4800/60", "The same for all tokens of an organisation together."
    )
    webhook_allow: str = _setting(
        "",
        "Networks of your own that webhooks may be sent to, beside public addresses, as CIDR: "
        "`10.1.0.0/16,::1/128`. There http and any port are good, too.",
    )
    secret_key: str = _setting(
        "",
        "What the secrets of webhooks are encrypted with: 32 random bytes in base64. Left out, on "
        "SQLite: a key file beside the database. Neither is in a backup of it.",
    )
    log: str = _setting("text", "How `serve` writes its log on stderr: `text` or `json`.")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings out of an environment.

    Raises InvalidInput when a switch is neither on nor off.
    """
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        text = environment.get(PREFIX + setting.name.upper(), "").strip()
        if isinstance(setting.default, bool):
            values[setting.name] = _switch(setting.name, text)
        elif text:
            values[setting.name] = text
    return Settings(**values)


def is_on(text: str) -> bool:
    """Say whether a switch is on; whatever is not off is, so that a slip never lets more happen."""
    return text.strip().casefold() not in FALSE_WORDS


def _switch(name: str, text: str) -> bool:
    if text.casefold() in TRUE_WORDS:
        return True
    if text.casefold() in FALSE_WORDS:
        return False
    raise InvalidInput(f"{PREFIX}{name.upper()} is a switch: write 1 or 0.")


def default_database_url() -> str:
    """Return the URL of the SQLite file in the platform's data folder.

    The folder is made if need be, for its owner alone.
    """
    from platformdirs import user_data_path

    folder: Path = user_data_path("hoursmith-mcp", appauthor=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite+aiosqlite:///{(folder / 'hoursmith.db').as_posix()}"
