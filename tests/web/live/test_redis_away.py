"""Redis dies between two web processes and a worker: nothing is lost, and screens learn it by looking."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.redis import RedisServer
from tests.support.running import RunningHub
from tests.support.waiting import eventually
from tests.web.live.conftest import started
from tests.web.live.story import Story, opened

SWEEP = 6.0


@pytest.fixture
def grown(request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path) -> Iterator[RunningHub]:
    """Two web processes and a worker whose Redis this test may kill."""
    with started("grown", request, tmp_path / "home") as hub:
        yield hub


@pytest_asyncio.fixture
async def story(grown: RunningHub) -> AsyncIterator[Story]:
    """People at both processes."""
    async with opened(grown) as story:
        yield story


async def test_screens_of_other_processes_follow_without_redis(story: Story, redis_server: RedisServer) -> None:
    await story.waiting()
    redis_server.kill()
    amy, customer = await story.agent("amy"), story.customer
    log_id = next(iter(amy.logs))

    said = await customer.says("does anybody hear me?")
    await eventually(lambda: said["id"] in amy.logs[log_id], within=SWEEP)
    await amy.ask("presence", state="online")
    await eventually(lambda: amy.offers, within=2 * SWEEP)
    offer = next(iter(amy.offers.values()))
    await amy.do("POST", f"/offers/{offer['id']}/accept")
    reply = await amy.ask(
        "reply", conversation_id=offer["conversation"]["id"], text="I hear you", client_key="without-redis"
    )
    await eventually(lambda: reply["entry"]["id"] in customer.entries, within=SWEEP)
    await eventually(
        lambda: customer.conversation and customer.conversation["with"]["kind"] == "agent", within=2 * SWEEP
    )
    await story.agree(log_id)

    redis_server.start()
    again = await customer.says("and now?")
    await eventually(lambda: again["id"] in amy.logs[log_id], within=SWEEP)
    await story.agree(log_id)
