"""One hub a module: the demo on SQLite, or two web processes and a worker on PostgreSQL and Redis."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.running import RunningHub, running_demo, running_grown
from tests.web.live.story import Story, opened


@contextmanager
def started(kind: str, request: pytest.FixtureRequest, home: Path) -> Iterator[RunningHub]:
    """A hub of this kind: `sqlite` or `grown`."""
    if kind == "sqlite":
        with running_demo(home) as hub:
            yield hub
        return
    postgres = request.getfixturevalue("postgres")
    redis = request.getfixturevalue("_redis")
    redis.make_fresh()
    with running_grown(home, postgres.url(postgres.create_database()), redis.url) as hub:
        yield hub


@pytest.fixture(scope="module", params=["sqlite", "grown"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """The product in both its shapes."""
    with started(request.param, request, tmp_path_factory.mktemp("hub") / "home") as hub:
        yield hub
        assert not hub.trouble()


@pytest_asyncio.fixture
async def story(running: RunningHub) -> AsyncIterator[Story]:
    """People at screens, on different processes where there are several."""
    async with opened(running) as story:
        yield story
