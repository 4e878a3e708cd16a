"""The stores of rooms and poses: SQLite on one writer thread, and a twin in memory."""
