"""Hoursmith MCP: time tracking and billing, driven by talking to an assistant."""

__version__ = "0.1.0"
