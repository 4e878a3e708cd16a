"""The Quart-Trio app: pages, API, identity, health and metrics."""
