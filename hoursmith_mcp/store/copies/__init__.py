"""Copies of what a database holds: archives of an organisation, and backups of all of it."""
