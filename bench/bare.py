"""The ceiling: the same store and socket server, one INSERT, no domain logic.

Event → durable write → ack, and the text to the paired socket. Several processes tell each other over the hub's own
bus.
"""

import argparse
import asyncio
from typing import Any

import socketio
import uvicorn
import uvloop
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table, Text, create_engine, insert

from hub.bus import open_bus
from hub.clock import Clock
from hub.store import Hot, Tx, open_store
from web.serving import http_settings, relax_collector, socket_server

METADATA = MetaData()
ROWS = Table(
    "bare",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("pair", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_bare_pair", "pair", "id"),
)
_ADD = Hot(insert(ROWS).values(pair=0, body="", at=0))
CHANNEL = "bare"


def make_table(url: str) -> None:
    """The one table with its one index."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    METADATA.create_all(engine)
    engine.dispose()


class Pipeline(socketio.AsyncNamespace):  # type: ignore[misc]  # the package has no types
    """Senders connect with `{"pair": n}`, receivers with `{"hears": [n, …]}`."""

    def __init__(self, store: Any, bus: Any, clock: Clock) -> None:
        super().__init__("/bare")
        self._store, self._bus, self._clock = store, bus, clock
        self._pair: dict[str, int] = {}
        self._ears: dict[int, str] = {}
        bus.subscribe(CHANNEL, self._heard)

    async def on_connect(self, sid: str, _environ: dict[str, Any], auth: dict[str, Any]) -> None:
        if "pair" in auth:
            self._pair[sid] = auth["pair"]
        for pair in auth.get("hears", ()):
            self._ears[pair] = sid

    async def on_message(self, sid: str, data: dict[str, Any]) -> dict[str, Any]:
        pair, text = self._pair[sid], data["text"]

        def add(tx: Tx) -> None:
            tx.run(_ADD, pair=pair, body=text, at=tx.now)

        await self._store.write(add)
        if pair in self._ears:
            await self.emit("message", {"text": text}, to=self._ears[pair])
        else:
            self._bus.publish(CHANNEL, {"pair": pair, "text": text})
        return {"ok": True}

    def _heard(self, message: dict[str, Any]) -> None:
        sid = self._ears.get(message["pair"])
        if sid is not None:
            told = self.emit("message", {"text": message["text"]}, to=sid)
            asyncio.get_running_loop().create_task(told)


async def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--redis-url", default="")
    options = parser.parse_args()
    clock = Clock()
    store, bus = open_store(options.database_url, clock), open_bus(options.redis_url, clock)
    await bus.start()
    sio = socket_server([], ["/bare"])
    sio.register_namespace(Pipeline(store, bus, clock))
    relax_collector()
    await uvicorn.Server(http_settings(socketio.ASGIApp(sio), "127.0.0.1", options.port)).serve()
    await bus.close()
    await store.close()


if __name__ == "__main__":
    uvloop.run(main())
