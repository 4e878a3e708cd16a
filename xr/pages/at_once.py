"""Pages that are answered in the step in which they are asked for, without the app.

The HTTP server asks for them before it makes a request of the app. They pass the same checks as at
the gate, and are the same pages.
"""

from typing import TYPE_CHECKING

import trio

from xr.pages.addresses import caller_of
from xr.pages.errors import fault_answer
from xr.pages.front import Front
from xr.pages.gate import mark, refusal_of, sane_path
from xr.pages.rendering import linked_below
from xr.pages.services import Services
from xr.serving.protocols import Reply

if TYPE_CHECKING:
    from hypercorn.typing import HTTPScope


class AtOnce:
    """A ``serving.protocols.AtOnce``: the pages of rooms whose door is open to all."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts
        self._front = Front(parts)

    def __call__(self, scope: "HTTPScope") -> Reply | None:
        """The answer, or None if it is the app's to give."""
        path = sane_path(scope, self._parts.settings.prefix)
        page = None if path is None else self._front.at_hand(scope, path)
        if path is None or page is None:
            return None
        started = trio.current_time()
        caller = caller_of(scope, self._parts.settings)
        try:
            with linked_below(self._parts.settings.prefix):
                answer = refusal_of(self._parts, scope, path, caller) or page(caller)
        except Exception as error:  # noqa: BLE001  # as at the gate
            answer = fault_answer(path, error)
        headers = mark(self._parts, caller, path, answer.status, answer.head)
        self._parts.metrics.answered(answer.status, trio.current_time() - started)
        return Reply(answer.status, headers, answer.body)
