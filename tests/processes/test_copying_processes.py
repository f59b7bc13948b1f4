"""Copies taken by real processes: under load, killed, out of room, on a terminal, of large houses."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.ci]
