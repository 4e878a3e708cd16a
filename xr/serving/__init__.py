"""The floor: Hypercorn for HTTP, TLS and the upgrade; our own reader for websockets."""
