"""The test servers are real, separate, and gone when the tests are gone."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from tests.support.ports import free_ports, is_listening
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.waiting import wait_until


def test_every_test_gets_an_empty_database(postgres: PostgresServer) -> None:
    first, second = postgres.create_database(), postgres.create_database()

    with psycopg.connect(postgres.url(first)) as connection:
        connection.execute("CREATE TABLE fact (id int)")

    with psycopg.connect(postgres.url(second)) as connection:
        assert connection.execute("SELECT to_regclass('fact')").fetchone() == (None,)


def test_a_template_is_filled_once_and_copied(postgres: PostgresServer) -> None:
    filled: list[str] = []

    def fill(url: str) -> None:
        filled.append(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE fact AS SELECT 7 AS id")

    for _ in range(2):
        name = postgres.create_database(template=postgres.prepare_template("filled", fill))
        with psycopg.connect(postgres.url(name)) as connection:
            assert connection.execute("SELECT id FROM fact").fetchone() == (7,)
        postgres.drop_database(name)
    assert len(filled) == 1


def test_postgres_knows_chinese_letters(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")

        trigrams = connection.execute("SELECT show_trgm('路由器')").fetchone()

    assert trigrams is not None
    assert trigrams[0], "no trigram: the cluster's LC_CTYPE has no CJK letters"


def test_postgres_keeps_committed_rows_over_a_kill(postgres: PostgresServer) -> None:
    url = postgres.url(postgres.create_database())
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE fact AS SELECT 7 AS id")

    postgres.kill()
    assert not is_listening(postgres.port)
    postgres.start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM fact").fetchone() == (7,)


def test_the_database_url_names_an_empty_database_of_either_engine(database_url: str) -> None:
    assert database_url.startswith(("sqlite:///", "postgresql://"))


def test_redis_starts_empty_for_every_test(redis_server: RedisServer) -> None:
    with redis.Redis.from_url(redis_server.url) as client:
        client.set("left", "behind")

    redis_server.make_fresh()

    with redis.Redis.from_url(redis_server.url) as client:
        assert client.get("left") is None


def test_redis_may_be_stopped_and_comes_back(redis_server: RedisServer) -> None:
    redis_server.kill()
    with redis.Redis.from_url(redis_server.url) as client, pytest.raises(redis.ConnectionError):
        client.ping()

    redis_server.start()

    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()


def test_a_frozen_redis_answers_nothing_until_it_goes_on(redis_url: str, redis_server: RedisServer) -> None:
    redis_server.pause()
    with redis.Redis.from_url(redis_url, socket_timeout=0.1, retry=None) as client, pytest.raises(redis.TimeoutError):
        client.ping()

    redis_server.resume()

    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


def test_servers_end_when_their_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-m", "tests.support.servers"], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner.stdout as printed:
        urls = [printed.readline().strip() for _ in range(2)]
    ports = [int(url.rpartition(":")[2].partition("/")[0]) for url in urls]
    assert all(map(is_listening, ports))

    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()

    wait_until(lambda: not any(map(is_listening, ports)), within=20)


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(20))) == 20
