"""Where rooms and poses are kept: SQLite on one writer thread, and a twin in memory."""
