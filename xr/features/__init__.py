"""The features of a room, one file each; this list is all that the server knows of them."""

from collections.abc import Sequence

from xr.features.attention import Attention
from xr.features.chat import Chat
from xr.features.doors import Doors
from xr.features.fingers import Fingers
from xr.features.moderation import Moderation
from xr.features.profile import Profiles
from xr.features.reactions import Reactions
from xr.features.roles import Roles
from xr.features.voice import Voice
from xr.rooms.feature import Feature

FEATURES: Sequence[type[Feature]] = (
    Profiles,
    Roles,
    Moderation,
    Chat,
    Doors,
    Reactions,
    Voice,
    Attention,
    Fingers,
)
