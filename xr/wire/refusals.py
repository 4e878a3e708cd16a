"""The refusal of a join or an intent, as an exception."""

from xr.errors import XrError
from xr.wire.reasons import Reason


class Refused(XrError):
    """A client asked for something that is not granted; nothing was changed.

    The client gets ``response``: the reason, a sentence for people if there is one, and ``extra``.
    """

    def __init__(self, reason: Reason, detail: str = "", **extra: object) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        described = {"detail": detail} if detail else {}
        self.response: dict[str, object] = {"reason": reason, **described, **extra}
