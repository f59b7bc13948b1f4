"""Where the API begins, and what its methods mean."""

from __future__ import annotations

BASE_PATH = "/api/v1"
READ = "GET"
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
