"""Public models: what callers see; never the tables."""
