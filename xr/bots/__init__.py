"""Simulated users: they visit a room as browsers do, walk about, and report what they saw."""
