"""The form of everything that can be measured: one row of the table in ``scenarios.py``."""

from pathlib import Path
from typing import Protocol, Self

Figures = dict[str, float]
"""A report of one run: name to number."""


class Measurement(Protocol):
    """One kind of run, with its size. It is tried in rounds, beside others and in turn."""

    @property
    def name(self) -> str:
        """The name on the command line and in the results."""

    @property
    def peers(self) -> bool:
        """Whether the peers do it too."""

    @property
    def takes(self) -> float:
        """About how many seconds one run takes, start and end of the server included."""

    def quick(self) -> Self:
        """The same in a few seconds, for a look and not for a figure."""

    def run(self, server: str, checkout: Path) -> Figures:
        """One run against a new server of that name: ``xr`` from that checkout, or a peer.

        Raises:
            SystemExit: the server did not start, or could not be measured; says why.
        """
