"""The short way of binary poses: most of what comes is the next pose of the same membership."""

from xr.channels.rate_keeper import Mover
from xr.channels.serializer import Message, Serializer
from xr.errors import InvalidPose
from xr.wire.record import check_push


class ShortWay:
    """Leads binary poses to the membership whose pose came last; no message is made of them."""

    __slots__ = ("_join_ref", "_name", "_pose_record", "membership")

    def __init__(self, membership: Mover, join: Message, serializer: Serializer) -> None:
        self.membership = membership
        self._pose_record = serializer.pose_record
        self._join_ref = join.join_ref.strip(b'"')
        self._name = join.topic.encode() + b"i_moved"  # topic and event, as in the frame

    def take(self, data: bytes) -> bool:
        """Obey a binary frame if it is a good pose for this membership, else return False."""
        record = self._pose_record(data, self._join_ref, self._name)
        if record is None:
            return False
        try:
            pose = check_push(record)
        except InvalidPose:
            return False
        self.membership.move(pose)
        return True
