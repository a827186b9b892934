"""A system of a few objects in memory: every sort of field, every oddity of a server, no network."""
