"""Tables of what operations list, written in the forms that people and programs read."""
