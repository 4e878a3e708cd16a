"""Multi-user WebXR rooms in one process and one SQLite file."""
