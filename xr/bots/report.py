"""The report of all bots of one process. Their nursery owns it; one task writes at a time."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence

_REMEMBERED = 400  # poses sent by one user: 20 s at 20 a second
_STEPS = 800  # positions are told apart by 1.25 mm, as in the binary record
_BUCKET = 0.0001  # seconds; latencies are counted in steps of 0.1 ms
_LONGEST = 10.0  # seconds; a longer latency is counted as this

Position = Sequence[float]


class Sightings:
    """The time of each pose sent, by user, from which the receiving bot takes its latency."""

    def __init__(self) -> None:
        self._sent: dict[str, OrderedDict[tuple[int, ...], float]] = {}

    def sent(self, user_id: str, position: Position, now: float) -> None:
        """Remember a pose that is about to be sent, and the last ``_REMEMBERED`` of its user."""
        mine = self._sent.setdefault(user_id, OrderedDict())
        key = _key(position)
        mine[key] = now
        mine.move_to_end(key)
        if len(mine) > _REMEMBERED:
            mine.popitem(last=False)

    def age(self, user_id: str, position: Position, now: float) -> float | None:
        """Seconds since the pose was sent, or None if it is not one of ours."""
        theirs = self._sent.get(user_id)
        sent = theirs.get(_key(position)) if theirs else None
        return None if sent is None else now - sent


def _key(position: Position) -> tuple[int, ...]:
    return tuple(round(coordinate * _STEPS) for coordinate in position)


class Report:
    """Counts and latencies. ``seconds`` is how long the bots were at it."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self.seconds = 0.0
        self.joined = 0  # bots that came into the room
        self.joins = 0  # user_joined, as seen by all bots together; so are the next two
        self.leaves = 0
        self.poses = 0
        self.errors: Counter[str] = Counter()
        self._latencies: Counter[int] = Counter()

    def trouble(self, what: str) -> None:
        """Count an error; the first one of each kind is reported at once."""
        self.errors[what] += 1
        if self.errors[what] == 1:
            self._complain(what)

    def arrived(self, age: float | None) -> None:
        """Count a pose of another's; ``age`` is its latency in seconds where that is known."""
        self.poses += 1
        if age is not None:
            self._latencies[round(min(age, _LONGEST) / _BUCKET)] += 1

    def latency(self, part: float) -> float | None:
        """Seconds within which this part of all timed poses arrived; None if there were none."""
        left = part * self._latencies.total()
        for bucket in sorted(self._latencies):
            left -= self._latencies[bucket]
            if left <= 0:
                return bucket * _BUCKET
        return None

    def lines(self) -> Iterator[str]:
        """The report for people."""
        yield f"{self.joined} bots joined; they were there for {self.seconds:.1f} s"
        yield f"joins seen: {self.joins}, leaves seen: {self.leaves}"
        rate = self.poses / self.seconds if self.seconds else 0.0
        yield f"poses of others received: {self.poses} ({rate:.0f} a second)"
        middle, late = self.latency(0.5), self.latency(0.99)
        if middle is not None and late is not None:
            yield (
                f"latency: p50 {middle * 1000:.1f} ms, p99 {late * 1000:.1f} ms"
                f" (of {self._latencies.total()} poses)"
            )
        for what, count in self.errors.most_common():
            yield f"error: {what}" + (f" ({count} times)" if count > 1 else "")
