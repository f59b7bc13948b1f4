"""Which operation an address leads to, whatever the order in which they were declared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hoursmith_mcp.adapters.rest.routing import Paths
from hoursmith_mcp.catalogue import load

CATALOGUE = load()
WORDS = ("/time-entries/running", "/time-entries/bulk")


@pytest.mark.parametrize("backwards", [False, True])
def test_a_word_in_an_address_comes_before_an_id(backwards: bool) -> None:
    operations = list(CATALOGUE.operations.items())
    ordered = dict(operations[::-1] if backwards else operations)
    paths = Paths(replace(CATALOGUE, operations=ordered))
    found = {
        (method, word): paths.find(method, word.encode()).operation.name
        for method, word in (("GET", WORDS[0]), ("POST", WORDS[1]), ("PATCH", WORDS[1]))
    }
    assert list(found.values()) == ["get_running_timer", "log_times", "update_time_entries"]
    route = paths.find("GET", b"/time-entries/te_1")
    assert (route.operation.name, route.variables) == ("get_time_entry", {"time_entry": "te_1"})
