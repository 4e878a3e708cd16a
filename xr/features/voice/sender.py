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

    def send(self, groups: Groups, waiting: Mapping[str, bytes]) -> None:
        """Send each group of listeners the records that wait of the talkers whom it hears."""
        frames: dict[bytes, bytes] = {}
        for hears, clients in groups.items():
            records = b"".join([data for user_id, data in waiting.items() if user_id in hears])
            if not records:
                continue
            frame = frames.get(records)
            if frame is None:
                frame = frames[records] = self._encoder.binary("voice", records)
            self._tell(clients, frame)

    def tell(self, clients: Iterable[Client], record: bytes) -> None:
        """Send one record to these alone."""
        self._tell(clients, self._encoder.binary("voice", record))

    def _tell(self, clients: Iterable[Client], frame: bytes) -> None:
        for client in clients:
            tell(client, partial(self._send, client, frame))

    def _send(self, client: Client, frame: bytes) -> None:
        if client.gone:
            return
        if client.behind:
            self._metrics.dropped["voice: behind"] += 1
        else:
            client.send(frame)
