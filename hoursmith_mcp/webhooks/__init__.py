"""The door through which events leave: guarded, signed, and tried again until they are taken."""
