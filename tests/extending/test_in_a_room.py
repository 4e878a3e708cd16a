"""The feature of ``docs/extending.md`` in a real room, below the websocket."""

from pathlib import Path

from trio.testing import MockClock

from tests.channels.backend import OK, open_backend, settled
from tests.extending.listings import load

HALL = "hall"


async def test_everybody_sees_a_roll_and_late_comers_the_last_one(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    dice = load("xr/features/dice.py", tmp_path)
    async with open_backend(features=[dice.Dice]) as backend:
        ann, ben = await backend.visitor("ann"), await backend.visitor("ben")
        ann.told()
        ben.told()
        ref = ann.push("roll_dice", {"sides": 20})
        await settled()
        (roll,) = [payload for event, payload in ben.stoc() if event == "dice_rolled"]
        assert roll["user_id"] == "ann"
        assert 1 <= roll["result"] <= roll["sides"] == 20
        assert ann.replies()[ref] == {**OK, "response": {"result": roll["result"]}}
        cat = backend.browser("cat")
        cat.join()
        await settled()
        state = [(event, payload) for _, _, _, event, payload in cat.told()]
        assert state[4] == ("dice", {"last": roll})


async def test_a_roll_that_is_refused_rolls_nothing(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    dice = load("xr/features/dice.py", tmp_path)
    async with open_backend(features=[dice.Dice]) as backend:
        ann = await backend.visitor("ann")
        ann.told()
        wrong = ann.push("roll_dice", {"sides": 1})
        rolls = [ann.push("roll_dice", {}) for _ in range(4)]
        await settled()
        heard = ann.told()
        answers = {ref: payload["response"] for _, ref, _, event, payload in heard if ref}
        assert answers[wrong]["reason"] == "invalid payload"
        assert answers[rolls[-1]]["reason"] == "too fast"
        assert answers[rolls[-1]]["retry_after"] > 0
        told = [payload for _, _, _, event, payload in heard if event == "stoc"]
        assert len(told) == sum("result" in answers[ref] for ref in rolls)
