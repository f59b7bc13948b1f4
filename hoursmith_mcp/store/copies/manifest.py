"""What an archive says of itself: whose it is, what made it, and what must be found in it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hoursmith_mcp.errors import InvalidInput
from hoursmith_mcp.store.copies.rows import content_hash

NAME = "manifest.json"
FORMAT = "hoursmith-archive"
FORMAT_VERSION = 1
MOST_BYTES = 1 << 20

DAMAGED = (
    "{file} is damaged or incomplete, or no archive of Hoursmith: {why}. Nothing was imported; "
    "take another copy of it."
)
NEWER = (
    "{file} was made by a newer Hoursmith ({product_version}). Nothing was imported: install that "
    "version, or a newer one."
)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Member(_Part):
    """The rows of one table, a line of JSON each."""

    table: str = Field(pattern="^[a-z_]{1,63}$")
    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @property
    def name(self) -> str:
        """What it is called within the archive."""
        return f"{self.table}.ndjson"


class Owner(_Part):
    """The organisation whose archive it is."""

    id: str
    name: str


class Manifest(_Part):
    """All of it; `made_at` is RFC 3339, `revision` the one of the tables."""

    format: str
    format_version: int
    product_version: str
    revision: str = Field(pattern="^[0-9]{4}$")
    made_at: str
    organization: Owner
    content_sha256: str
    members: list[Member]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(member.rows for member in self.members)

    @property
    def bytes(self) -> int:
        """How long all members are, unpacked."""
        return sum(member.bytes for member in self.members)

    def of_table(self, table: str) -> Member | None:
        """Return the member with a table's rows, if there is one."""
        return next((member for member in self.members if member.table == table), None)


class _Beginning(BaseModel):
    """What every version of the format says."""

    format: str
    format_version: int
    product_version: str = ""


def read_manifest(text: bytes, file: str) -> Manifest:
    """Read the manifest of an archive; `file` is what to call that.

    Raises InvalidInput for one that is newer than this program, or that contradicts itself.
    """
    try:
        beginning = _Beginning.model_validate_json(text)
        if beginning.format == FORMAT and beginning.format_version > FORMAT_VERSION:
            raise InvalidInput(NEWER.format(file=file, product_version=beginning.product_version))
        manifest = Manifest.model_validate_json(text)
    except ValidationError:
        raise _damaged(file, "its manifest cannot be read") from None
    if manifest.format != FORMAT or manifest.format_version != FORMAT_VERSION:
        raise _damaged(file, "its manifest is of another kind")
    checksums = {member.table: member.sha256 for member in manifest.members}
    if len(checksums) < len(manifest.members):
        raise _damaged(file, "its manifest names a table twice")
    if content_hash(checksums) != manifest.content_sha256:
        raise _damaged(file, "its manifest contradicts itself")
    return manifest


def _damaged(file: str, why: str) -> InvalidInput:
    return InvalidInput(DAMAGED.format(file=file, why=why))
