"""Every benchmark runs, tiny: nothing is lost on the way, and the figures make sense. Times are not judged here."""

import math
from collections.abc import Sequence

import pytest

from bench import flatness, memory, pipeline
from bench.load import at_share
from bench.table import Figure, number, render
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.servers import Servers


def assert_sane(figures: Sequence[Figure]) -> None:
    for figure in figures:
        assert figure.ours, figure.name
        assert all(math.isfinite(value) and value > 0 for value in (*figure.ours, *figure.ceiling)), figure


def test_the_pipeline_on_sqlite_carries_and_stores_every_message() -> None:
    figures = pipeline.on_sqlite(pipeline.TINY)

    assert [figure.name for figure in figures] == [
        "messages when always busy, SQLite",
        "messages carried, SQLite",
        "p99 at half load, SQLite",
    ]
    assert_sane(figures)


def test_the_pipeline_on_two_processes_carries_and_stores_every_message(
    postgres: PostgresServer, redis_server: RedisServer, postgres_url: str
) -> None:
    figures = pipeline.on_postgres(pipeline.TINY, Servers(postgres, redis_server, postgres_url))

    assert len(figures) == 3
    assert_sane(figures)


def test_histories_are_measured_on_both_engines() -> None:
    figures = flatness.histories(flatness.TINY)

    assert len(figures) == 6
    assert_sane(figures)


def test_pages_of_the_inbox_are_full_in_both_houses() -> None:
    figures = flatness.inboxes(flatness.TINY)

    assert len(figures) == 12
    assert_sane(figures)


def test_every_chat_window_hears_the_agent_and_takes_some_memory() -> None:
    figures = memory.memory(memory.TINY)

    heard = figures[-1]
    assert heard.ours == heard.ceiling
    assert_sane(figures)


@pytest.mark.parametrize(("value", "shown"), [(0.12345, "0.123"), (12.345, "12.3"), (5230.6, "5,231")])
def test_a_figure_shows_no_more_digits_than_were_measured(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_missed_target_is_called_missed() -> None:
    slow = Figure("carried", "/s", [30], [100], 0.5, is_at_least=True)
    quick = Figure("p99", "ms", [3, 9, 4], [1, 1, 1], 5)

    table = render([slow, quick])

    assert [line.split("|")[-2].strip() for line in table.splitlines()[2:]] == ["MISSED", "ok"]
    assert quick.ratio == 4


def test_the_share_of_a_sample_is_a_value_of_it() -> None:
    assert at_share([1, 2, 3, 4], 0.5) == 3
    assert at_share([1, 2, 3, 4], 0.99) == 4
    assert at_share([], 0.5) == math.inf
