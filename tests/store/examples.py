"""Poses and entities that the tests of the store share."""

from collections.abc import Mapping

from xr.pose import Placement, Pose
from xr.rooms.entities import Entities

STANDING = Pose((1.0, 1.7, -2.5), (0.0, 0.6, 0.0, 0.8))
KNEELING = Pose((-3.25, 0.9, 4.0), (0.0, 0.0, 0.0, 1.0))
LEFT = Placement((0.8, 1.1, -2.2), (0.5, 0.5, 0.5, 0.5))
RIGHT = Placement((1.2, 1.2, -2.2), (0.0, 1.0, 0.0, 0.0))
WAVING = Pose(STANDING.position, STANDING.rotation, LEFT, RIGHT)
POINTING = Pose(STANDING.position, STANDING.rotation, None, RIGHT)

ENTITIES: Entities = {
    "spawn": {"spawn_point": True, "position": [1.0, 0.0, 2.0]},
    "box": {
        "mesh_builder": ["box", {"width": 1.5, "height": 2, "depth": 3}],
        "color": [0.1, 0.2, 0.3],
        "label": "Kästchen ☕",
    },
}


def crowd(count: int) -> Mapping[str, Pose]:
    """As many users, each somewhere else."""
    return {
        f"user-{number:05}": Pose((number / 100, 1.7, -number / 50), (0.0, 0.6, 0.0, 0.8))
        for number in range(count)
    }
