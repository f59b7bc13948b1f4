"""Ready conversations."""
