"""The walk of a bot: smooth, endless, near its start."""

import math
from random import Random

from xr.pose import Pose, Vector


class Walk:
    """A wide circle with a smaller one on top of it, through ``start``.

    Both are seeded. The small circle is so slow that the walk never stands still, and so its
    direction is always defined and turns without jumps. Nobody gets further than 5 m from start.
    """

    def __init__(self, random: Random, start: Vector) -> None:
        self._start = start
        turn = random.choice((-1, 1))
        wide = (random.uniform(1.0, 1.8), turn * random.uniform(0.3, 0.6))
        small = (random.uniform(0.2, 0.6), random.choice((-1, 1)) * random.uniform(0.1, 0.25))
        self._circles = [
            (radius, speed, random.uniform(0, 2 * math.pi)) for radius, speed in (wide, small)
        ]

    def pose(self, seconds: float) -> Pose:
        """The pose of the head after so many seconds, looking ahead."""
        x, y, z = self._start
        velocity_x = velocity_z = 0.0
        for radius, speed, phase in self._circles:
            angle = phase + speed * seconds
            x += radius * (math.cos(angle) - math.cos(phase))
            z += radius * (math.sin(angle) - math.sin(phase))
            velocity_x -= radius * speed * math.sin(angle)
            velocity_z += radius * speed * math.cos(angle)
        # Without a turn one looks along +z; a turn about y by this angle looks along the velocity.
        half = math.atan2(velocity_x, velocity_z) / 2
        return Pose((x, y, z), (0.0, math.sin(half), 0.0, math.cos(half)))
