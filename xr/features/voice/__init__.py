"""Voice: packets of Opus from those who talk to those who are near, opaque to the server."""

from xr.features.voice.relay import Voice

__all__ = ["Voice"]
