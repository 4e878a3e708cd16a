"""How a running server is: its health, its numbers, their last hour, its warnings and its tasks."""
