"""Sends a step's packets: listeners who hear the same talkers get the same bytes.

Policy: a listener whose connection is behind gets no voice until it is not, and nothing of what it
has missed. So voice never delays poses and events.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from xr.features.voice.listeners import Groups
from xr.metrics import Metrics
from xr.rooms.protocols import Client, FrameEncoder
from xr.rooms.telling import tell


class Sender:
    """Sends to the listeners of one room."""

    def __init__(self, encoder: FrameEncoder, metrics: Metrics) -> None:
        self._encoder = encoder
        self._metrics = metrics

    def frames(self, groups: Groups, waiting: Mapping[str, bytes]) -> dict[Client, bytes]:
        """A frame for each listener: the records that wait of the talkers whom it hears."""
        by_client: dict[Client, bytes] = {}
        encoded: dict[bytes, bytes] = {}
        for hears, clients in groups.items():
            records = b"".join([data for user_id, data in waiting.items() if user_id in hears])
            if not records:
                continue
            frame = encoded.get(records)
            if frame is None:
                frame = encoded[records] = self._encoder.binary("voice", records)
            for client in clients:
                if self._has_room(client):
                    by_client[client] = frame
        return by_client

    def send(self, frames: Mapping[Client, bytes]) -> None:
        """Send each client its frame."""
        for client, frame in frames.items():
            tell(client, partial(client.send, frame))

    def tell(self, clients: Iterable[Client], record: bytes) -> None:
        """Send one record to these alone."""
        frame = self._encoder.binary("voice", record)
        self.send({client: frame for client in clients if self._has_room(client)})

    def _has_room(self, client: Client) -> bool:
        if client.gone:
            return False
        if client.behind:
            self._metrics.dropped["voice: behind"] += 1
            return False
        return True
