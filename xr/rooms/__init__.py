"""Rooms: each a Trio nursery of presence, snapshot and reflector tasks on one ordered stream."""
