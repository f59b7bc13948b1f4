"""Print the definitions of some toolsets' tools, as tools/list has them."""

from __future__ import annotations

import json
import sys

from hoursmith_mcp.adapters.mcp.tools import definitions
from hoursmith_mcp.catalogue import load

print(json.dumps({"tools": definitions(load().tools(sys.argv[1]))}))
