"""How many streams are open: each holds a connection and a task of the server."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Streams:
    """The streams that are open, by address. Full: a further one is refused, and its page asks for
    the list every few seconds instead.
    """

    MOST = 200
    PER_ADDRESS = 8

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._open.total()

    def is_full(self, address: str) -> bool:
        """Whether no further stream is opened for the address."""
        return len(self) >= self.MOST or self._open[address] >= self.PER_ADDRESS

    @contextmanager
    def counted(self, address: str) -> Iterator[None]:
        """Count a stream of the address within the block."""
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            self._open += Counter()  # without addresses of which no stream is open
