"""The command line and the composition root: the one place that knows all parts."""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import uvloop

from channels.loopback import adapter as loopback_adapter
from hub import demo, doctor, logs, migrate, passwords, queues, replay, staff
from hub.errors import HubError, Invalid, SettingsError
from hub.flows import lint
from hub.ports import ChannelAdapter
from hub.runtime import Hub, open_hub
from hub.settings import Settings, load
from hub.store import Tx
from hub.turns import Bot
from web.app import build_app
from web.live import Live
from web.pages import build_demo_host
from web.serving import Announced, open_door, relax_collector

DEMO_HOME = "var/demo"
DEMO_MARK = ".onethread-demo"


def adapters() -> dict[str, ChannelAdapter]:
    """Our own channels, and those that installed packages bring (entry point `onethread.channels`)."""
    known: dict[str, ChannelAdapter] = {}
    for made in (loopback_adapter(), *(entry.load()() for entry in entry_points(group="onethread.channels"))):
        known[made.name] = made
    return known


def installed_bots() -> dict[str, Bot]:
    """Bots that installed packages bring (entry point `onethread.bots`)."""
    made = [entry.load()() for entry in entry_points(group="onethread.bots")]
    return {bot.name: bot for bot in made}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is well, 1 found something wrong, 2 could not even begin."""
    options = _parser().parse_args(arguments)
    home = DEMO_HOME if options.command == "demo" else "var/hub"
    try:
        settings = load(os.environ, home_default=home)
        logs.configure(settings.log_level)
        return int(options.run(settings, options) or 0)
    except HubError as error:
        print(f"onethread: {error.message}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub", description="Onethread: one customer, one thread.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(run=run)
        return made

    serve = command("serve", _serve, "serve web and sockets, and do the work unless --web")
    serve.add_argument("--web", action="store_true", help="leave to-dos and sending to `work`")
    command("work", _work, "do to-dos, timers and sending")
    command("migrate", _migrate, "bring the database to this version's tables")
    show = command("demo", _demo, "a small pretend bank, on SQLite, to play with")
    show.add_argument("--ready", type=Path, help="write this JSON file once everything is served")
    command("doctor", _doctor, "check settings, database, bus, files and the ledger")
    feed = command("replay", _replay, "feed kept requests again that could not be read")
    feed.add_argument("id", nargs="?", help="one of them; all without it")
    people = command("agent", _agent, "agents").add_subparsers(dest="what", required=True)
    _agent_options(people.add_parser("add", help="add an agent; the password is asked for or made"))
    flows = command("flow", _flow, "bot flows").add_subparsers(dest="what", required=True)
    flows.add_parser("lint", help="check flow files").add_argument("paths", nargs="*", type=Path)
    return parser


def _agent_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--role", default="agent", choices=staff.ROLES)
    add.add_argument("--queue", action="append", default=[], help="a queue's short name; may be repeated")
    add.add_argument("--password-file", type=Path, help="file with the password; without it one is made and shown")


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    uvloop.run(serve(settings, works=not options.web))


def _work(settings: Settings, _options: argparse.Namespace) -> None:
    uvloop.run(work(settings))


def _migrate(settings: Settings, _options: argparse.Namespace) -> None:
    migrate.upgrade(settings.database_url)


def _doctor(settings: Settings, _options: argparse.Namespace) -> int:
    findings = asyncio.run(_with_hub(settings, doctor.examine))
    for finding in findings:
        print(finding)
    return 1 if any(finding.is_wrong for finding in findings) else 0


def _replay(settings: Settings, options: argparse.Namespace) -> None:
    done = asyncio.run(_with_hub(settings, lambda hub: replay.replay(hub, options.id)))
    print(f"{done.taken} taken, {done.still_unreadable} still unreadable")


def _agent(settings: Settings, options: argparse.Namespace) -> None:
    given = options.password_file.read_text().strip() if options.password_file else ""
    password = given or secrets.token_urlsafe(15)
    if len(password) < 10:
        raise Invalid("a password has at least 10 characters", field="password")
    hashed = passwords.hash_password(password)

    def add(tx: Tx) -> None:
        lines = tuple(queues.get(tx, slug).id for slug in options.queue)
        staff.add(
            tx,
            email=options.email,
            name=options.name,
            role=options.role,
            password_hash=hashed,
            queue_ids=lines,
        )

    asyncio.run(_with_hub(settings, lambda hub: hub.store.write(add)))
    print(f"{options.email} added" + ("" if given else f"; password: {password}"))


def _flow(_settings: Settings, options: argparse.Namespace) -> int:
    return lint.main(options.paths)


def _demo(settings: Settings, options: argparse.Namespace) -> None:
    uvloop.run(run_demo(settings, options.ready))


async def serve(settings: Settings, *, works: bool) -> None:
    """Serve until told to stop."""
    door = open_door(settings.host, settings.port)
    async with serving(settings, door, works=works) as served:
        await _run_servers([served.server])


async def work(settings: Settings) -> None:
    """Do to-dos and send until told to stop."""
    _require_tables(settings)
    hub = open_hub(settings, adapters(), installed_bots())
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with migrate.serving_lock(settings):
        await hub.start()
        relax_collector()
        await stop.wait()
        await hub.close()


class Served:
    """A started hub with its server."""

    def __init__(self, hub: Hub, server: Announced) -> None:
        self.hub = hub
        self.server = server


@asynccontextmanager
async def serving(settings: Settings, door: socket.socket, *, works: bool) -> AsyncIterator[Served]:
    """A hub with its web side, started, and closed in order at the end."""
    if settings.database_url.startswith("sqlite:") and not migrate.is_current(settings.database_url):
        migrate.upgrade(settings.database_url)
    _require_tables(settings)
    with migrate.serving_lock(settings):
        hub = open_hub(settings, adapters(), installed_bots(), works=works)
        live = Live(hub)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(hub.close)
            await hub.start()
            stack.push_async_callback(live.close)
            await live.start()
            relax_collector()
            yield Served(hub, Announced(build_app(hub, live), door))


async def _run_servers(servers: list[Announced], on_started: Callable[[], None] = lambda: None) -> None:
    """Until the first of them is told to stop; then all stop. `on_started` hears when all listen."""
    tasks: list[asyncio.Future[Any]] = [asyncio.create_task(each.serve_door()) for each in servers]
    started: asyncio.Future[Any] = asyncio.gather(*(each.listening.wait() for each in servers))
    await asyncio.wait([*tasks, started], return_when=asyncio.FIRST_COMPLETED)
    if started.done():
        on_started()
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    for each in servers:
        each.should_exit = True
    await asyncio.gather(*tasks)


async def run_demo(settings: Settings, ready: Path | None) -> None:
    """The demo bank: seeded, served, with the bank's own page on an origin of its own."""
    host_door = open_door(settings.host, settings.port + 1)
    door = open_door(settings.host, settings.port)
    settings = _fresh_home(settings)
    host_url = f"http://{_shown(settings.host)}:{settings.port + 1}"
    async with serving(settings, door, works=True) as served:
        facts = await _seed(served.hub, host_url)
        host = Announced(build_demo_host(settings.base_url, demo.WIDGET_KEY), host_door)
        await _run_servers([served.server, host], lambda: _announce(ready, facts))


def _fresh_home(settings: Settings) -> Settings:
    """Forget the last demo, unless KEEP=1. A folder that is not a demo's is never touched.

    Raises: SettingsError, Conflict (a demo runs there).
    """
    home, mark = settings.home, settings.home / DEMO_MARK
    others = [path.name for path in home.iterdir() if path.name != "secret.key"] if home.exists() else []
    if others and not mark.exists():
        raise SettingsError(f"{home} holds something else than a demo: set HUB_HOME to an empty folder")
    if mark.exists() and migrate.current(settings.database_url) is not None:
        migrate.upgrade(settings.database_url)
    if mark.exists() and os.environ.get("KEEP") != "1":
        shutil.rmtree(home)
        settings = load(os.environ, home_default=DEMO_HOME)
    home.mkdir(parents=True, exist_ok=True)
    mark.touch()
    return settings


async def _seed(hub: Hub, host_url: str) -> dict[str, Any]:
    """Make the bank, or find it from the last run; gives the ready file."""
    kept = hub.settings.home / "demo.json"
    if await hub.store.read(demo.is_seeded):
        return dict(json.loads(kept.read_text()))
    words = {who: secrets.token_urlsafe(9) for who in demo.PEOPLE}
    hashes = {who: await asyncio.to_thread(passwords.hash_password, word) for who, word in words.items()}
    identity_secret, loopback_secret = secrets.token_hex(32), secrets.token_hex(32)
    made = await hub.store.write(
        lambda tx: demo.seed(
            tx,
            secret_key=hub.settings.secret_key,
            password_hashes=hashes,
            origins=[host_url],
            widget_secret=hub.sealer.seal(identity_secret),
            loopback_secret=hub.sealer.seal(loopback_secret),
        )
    )
    base = hub.settings.base_url
    facts = {
        "base_url": base,
        "console_url": f"{base}/console",
        "widget_page": f"{host_url}/",
        "openapi_url": f"{base}/api/openapi.json",
        "agents": [_login(who, words[who], made) for who in demo.PEOPLE],
        "links": [f"{base}/q/{link.code}" for link in made.links],
        "channels": {
            "webchat": {"widget_key": demo.WIDGET_KEY, "identity_secret": identity_secret},
            "loopback": {"webhook": f"{base}/hooks/loopback/{demo.LOOPBACK_KEY}", "secret": loopback_secret},
        },
    }
    _write_private(kept, json.dumps(facts, indent=1))
    return facts


def _login(who: str, password: str, made: demo.Demo) -> dict[str, str]:
    return {
        "email": demo.email(who),
        "password": password,
        "role": demo.PEOPLE[who].role,
        "api_token": made.tokens[who],
    }


def _announce(ready: Path | None, facts: Mapping[str, Any]) -> None:
    if ready is not None:
        _write_private(ready, json.dumps(facts, indent=1, ensure_ascii=False))
    print("\nOnethread is running.\n")
    print(f"  The bank's page with the chat   {facts['widget_page']}")
    print(f"  The same by QR code, on a phone {facts['links'][0]}")
    print(f"  The agents' console             {facts['console_url']}\n")
    for agent in facts["agents"]:
        print(f"  {agent['email']:<22} {agent['password']:<14} {agent['role']}")
    print("\nCtrl-C ends it. KEEP=1 keeps the data for the next run.", flush=True)


def _write_private(path: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner only: it holds passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(text + "\n")
    part.replace(path)


async def _with_hub(settings: Settings, work_on: Any) -> Any:
    """Run one short command on an opened hub that does no other work."""
    _require_tables(settings)
    hub = open_hub(settings, adapters(), works=False)
    await hub.start()
    try:
        return await work_on(hub)
    finally:
        await hub.close()


def _require_tables(settings: Settings) -> None:
    if not migrate.is_current(settings.database_url):
        raise SettingsError("the database is not at this version: run `python -m hub migrate`")


def _shown(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::") else socket.gethostbyname(host)  # noqa: S104


if __name__ == "__main__":
    sys.exit(main())
