"""A screen that listened equals a screen that reloaded, whatever was done, for both audiences."""

import pytest

from tests.support.waiting import eventually
from tests.web.live.commands import COMMANDS
from tests.web.live.story import WITHIN, Story


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_screen_that_listened_equals_a_screen_that_reloaded(story: Story, name: str) -> None:
    one = await getattr(story, COMMANDS[name].scene)()
    log_id = one.get("log") or one["conversation"]["log"]
    amy = await story.agent("amy")
    before = await amy.fetched(log_id)

    await COMMANDS[name].act(story, one)

    await story.agree(log_id)
    assert await amy.fetched(log_id) != before, "nothing happened"


async def test_typing_reaches_the_other_side_and_is_kept_nowhere(story: Story) -> None:
    one = await story.served()
    amy = await story.agent("amy")
    before = await amy.fetched(one["log"])

    await story.customer.ask("typing", on=True)
    await amy.ask("typing", conversation_id=one["id"], on=True)

    heard = await eventually(lambda: amy.named("typing"), within=WITHIN)
    assert isinstance(heard, list)
    assert heard[0]["who"]["kind"] == "customer"
    assert heard[0]["conversation_id"] == one["id"]
    shown = await eventually(lambda: story.customer.named("typing"), within=WITHIN)
    assert shown == [{"who": {"kind": "agent", "name": "Amy Lindqvist"}, "on": True, "expires_ms": 6000}]
    assert await amy.fetched(one["log"]) == before
