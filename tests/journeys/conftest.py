"""One hub and one browser a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.support.running import RunningHub, running_demo, running_grown


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """`python -m hub demo`."""
    with running_demo(tmp_path_factory.mktemp("hub") / "home") as hub:
        yield hub
        assert not hub.trouble()


@pytest.fixture(scope="module")
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """PostgreSQL, Redis, two web processes, a worker."""
    postgres, redis = request.getfixturevalue("postgres"), request.getfixturevalue("_redis")
    redis.make_fresh()
    database_url = postgres.url(postgres.create_database())
    with running_grown(tmp_path_factory.mktemp("hub") / "home", database_url, redis.url) as hub:
        yield hub
        assert not hub.trouble()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of a card, as a phone takes it."""
    path = tmp_path_factory.mktemp("photo") / "card.jpg"
    picture = Image.new("RGB", (1200, 800), (40, 96, 84))
    ImageDraw.Draw(picture).text((90, 600), "ANA PERERA", fill=(240, 240, 230), font_size=90)
    picture.save(path, "JPEG", quality=85)
    return path
