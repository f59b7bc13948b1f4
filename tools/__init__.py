"""The product: one file per thing that people talk about."""

DEFAULT_TOOLSET = (
    "overview",
    "find",
    "set_up",
    "log_time",
    "start_timer",
    "stop_timer",
    "list_time_entries",
    "update_time_entry",
    "delete_time_entry",
    "create_client",
    "update_client",
    "create_project",
    "update_project",
)
"""What an assistant is shown unless it is told otherwise, in this order."""
