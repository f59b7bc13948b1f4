"""Queries by thing; an operation reaches all of them through `call.store`."""
