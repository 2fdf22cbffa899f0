"""The fixtures every test may ask for; `tests/conftest.py` exports them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.browser import Pages, running_browser
from tests.support.postgres import PostgresServer, running_postgres
from tests.support.redis import RedisServer, running_redis


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL of this run. It survives kills; for power cuts take `running_postgres(durable=True)`."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that only this test has."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet and that only this test has."""
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database; the test runs once for each engine."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="session")
def _redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def redis_server(_redis: RedisServer) -> RedisServer:
    """An empty, running Redis which this test may stop, kill and freeze as it likes."""
    _redis.make_fresh()
    return _redis


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The URL of an empty Redis."""
    return redis_server.url


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium of this test's own."""
    async with running_browser() as running:
        yield running


@pytest_asyncio.fixture
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """Opens pages: `await pages.open(url, PHONE, scheme="dark", locale="zh-Hans")`.

    The test fails when a page threw or complained; one that expects it ends with `pages.problems.clear()`.
    """
    opened = Pages(browser)
    yield opened
    await opened.close()
    assert not opened.problems, "\n".join(opened.problems)
