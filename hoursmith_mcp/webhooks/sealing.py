"""Secrets at rest: encrypted with a key that lies beside the database, and in no backup of it."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from sqlalchemy import make_url

from hoursmith_mcp.errors import InvalidInput, Unavailable

KEY_BYTES = 32
NONCE_BYTES = 12
SUFFIX = ".key"
_FORM = "v1:"

LOST = (
    "The key that webhook secrets were encrypted with is not the one that is there: put the key "
    "file back beside the database (or HOURSMITH_SECRET_KEY as it was), or give each webhook a new "
    "secret by rotating it. Nothing is sent to them until then."
)


class KeyLost(Unavailable):
    """A secret cannot be opened with the key that is there."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(LOST)


class Sealer:
    """Encrypts secrets, each for the thing that it belongs to: no other one can open it."""

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)

    def seal(self, secret: str, *, of: str, nonce: bytes) -> str:
        """Encrypt the secret of a thing, by its id, with twelve bytes of chance."""
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), of.encode())
        return _FORM + base64.b64encode(sealed).decode("ascii")

    def open(self, sealed: str, *, of: str) -> str:
        """Return the secret of a thing. Raises KeyLost where it was sealed with another key."""
        from cryptography.exceptions import InvalidTag

        try:
            raw = base64.b64decode(sealed.removeprefix(_FORM), validate=True)
            secret = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], of.encode())
        except (InvalidTag, ValueError):
            raise KeyLost from None
        return secret.decode()


def load_sealer(setting: str, database_url: str) -> Sealer:
    """Return what encrypts secrets, with the key that is set, or that of the database's file.

    That file is made when it is first needed, for its owner alone. Raises InvalidInput where the
    setting is no key, and where there is neither setting nor file; Unavailable where the file
    cannot be used.
    """
    if setting:
        return Sealer(read_key(setting))
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise InvalidInput(
            "HOURSMITH_SECRET_KEY is needed for webhooks on PostgreSQL: 32 random bytes in base64, "
            "as `openssl rand -base64 32` prints them; the same for all processes."
        )
    try:
        return Sealer(_key_of_file(Path(f"{url.database}{SUFFIX}")))
    except OSError:
        raise Unavailable(
            "The key file beside the database cannot be read or made; look at the rights of that "
            "folder, or set HOURSMITH_SECRET_KEY."
        ) from None


def has_key(setting: str, database_url: str) -> bool:
    """Say whether there is a key already, set or beside the database."""
    url = make_url(database_url)
    if setting or url.get_backend_name() != "sqlite":
        return bool(setting)
    return Path(f"{url.database}{SUFFIX}").exists()


def read_key(text: str) -> bytes:
    """Read a key: 32 bytes in base64 of either alphabet. Raises InvalidInput for anything else."""
    try:
        key = base64.b64decode(text.strip().translate(_TO_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InvalidInput(
            "HOURSMITH_SECRET_KEY is no key: write 32 random bytes in base64, as "
            "`openssl rand -base64 32` prints them."
        )
    return key


_TO_STANDARD = str.maketrans("-_", "+/")


def _key_of_file(path: Path) -> bytes:
    """Read a key file, or make it; of several processes that make it at once one does."""
    if not path.exists():
        made = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)  # Whole, or not at all, and never over another one.
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return read_key(path.read_text("ascii", "replace"))
