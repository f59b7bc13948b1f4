"""The store: tables, engines, units of work, queries by thing, migrations.

Importing this package settles which SQLite library the process uses, before anything else can
import one; see `sqlite_library`.
"""

from hoursmith_mcp.store import sqlite_library as sqlite_library
