"""Requests as a provider really sent them, kept as files; captured, never invented.

A file is the request's bytes below one line of ours that says when it arrived. `python -m
tests.channels.recorded FILE` listens, prints its address, and writes the first request it gets.
"""

import dataclasses
import json
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from hub.ports import CallEvent, Inbound, InboundMessage, Receipt, WireRequest

_MARK = b"# received "


def load(path: Path) -> WireRequest:
    """A recorded request as `web/webhooks.py` would give it to the adapter."""
    first, _, rest = path.read_bytes().partition(b"\n")
    head, _, body = rest.partition(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = request_line.split(" ")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    received_at = int(first.removeprefix(_MARK))
    return WireRequest(method, f"http://{headers['host']}{target}", headers, body, received_at)


def as_json(facts: list[Inbound]) -> object:
    """Facts as they stand in the file beside the recording; bytes as their length."""
    return json.loads(json.dumps([_fact(each) for each in facts], default=_plain))


def _fact(fact: Inbound) -> dict[str, object]:
    kind = {InboundMessage: "message", Receipt: "receipt", CallEvent: "call"}[type(fact)]
    return {"kind": kind} | dataclasses.asdict(fact)


def _plain(value: object) -> object:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


@dataclass(frozen=True)
class Recordings:
    """The folder `recorded/` of an adapter: `message_….http`, `receipt_<state>.http`, `unreadable_….http`."""

    folder: Path

    def named(self, prefix: str) -> dict[str, WireRequest]:
        """The recordings whose names start so, by name."""
        return {path.stem: load(path) for path in sorted(self.folder.glob(f"{prefix}*.http"))}

    @property
    def readable(self) -> dict[str, WireRequest]:
        """All that an adapter must understand."""
        return {name: request for name, request in self.named("").items() if not name.startswith("unreadable")}

    def facts(self, name: str) -> object:
        """What the recording says, as a person has checked it."""
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))


def capture(path: Path) -> None:
    """Write the next request to a file."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(f"http://127.0.0.1:{server.getsockname()[1]}", flush=True)
        connection, _ = server.accept()
        with connection:
            data = connection.recv(65_536)
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(
                next(x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:")).split(b":")[1]
            )
            while len(body) < length:
                body += connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    mark = _MARK + str(time.time_ns() // 1000).encode()
    path.write_bytes(b"\n".join([mark, b"\r\n\r\n".join([head, body])]))


if __name__ == "__main__":
    capture(Path(sys.argv[1]))
