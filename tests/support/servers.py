"""`python -m tests.support.servers`: PostgreSQL and Redis until Ctrl-C, for benchmarks, torture and trying things out.

Prints one `NAME=value` a line, ready for a shell's `export`, then waits.
"""

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.postgres import PostgresServer, running_postgres
from tests.support.redis import RedisServer, running_redis


@dataclass(frozen=True)
class Servers:
    """Both servers and the address of one empty database."""

    postgres: PostgresServer
    redis: RedisServer
    database_url: str


@contextmanager
def running_servers(*, durable: bool = False) -> Iterator[Servers]:
    """PostgreSQL with an empty database and Redis for as long as the block lasts."""
    with running_postgres(durable=durable) as postgres, running_redis() as redis:
        yield Servers(postgres, redis, postgres.url(postgres.create_database()))


def main() -> None:
    """Run both until interrupted."""
    parser = argparse.ArgumentParser(description="PostgreSQL and Redis until Ctrl-C.")
    ends = {signal.SIGINT, signal.SIGTERM}
    parser.add_argument("--durable", action="store_true", help="write to disk as production does")
    with running_servers(durable=parser.parse_args().durable) as servers:
        print(f"HUB_DATABASE_URL={servers.database_url}")
        print(f"HUB_REDIS_URL={servers.redis.url}", flush=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
