"""The wire as data: the binary pose record, and every message and reason that crosses it."""
