"""Reports: kinds of them, the figures that go in, and the table that comes out."""
