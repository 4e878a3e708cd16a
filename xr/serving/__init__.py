"""The HTTP server: Hypercorn for HTTP, TLS and the upgrade; our own reader for websockets."""
