"""The load generator, a process of its own: `python -m bench.load`, told what to do by JSON lines.

First line: the plan (`senders`, `receivers`). Then one line a step: `{"rate", "seconds"}`, answered with one line of
figures. The load is open: messages leave when they are due, whether earlier ones have arrived or not, and
latency counts from the moment a message was due. With rate 0 it is closed: each sender writes again as soon as its last
message has arrived, so that the server is always busy.
"""

import asyncio
import gc
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from bench.wire import Wire, connect

MARK = b'"text":"m:'
ACK_OK = b"true"
WORDS = "Hello, my new card has not come yet. Could you please look where it is? I need it next week."
SETTLE_SECONDS = 3.0


@dataclass
class Step:
    """What became of the messages of one step; index = number of the message within the step."""

    first: int
    due: list[float] = field(default_factory=list)
    senders: list[int] = field(default_factory=list)
    until: float = 0.0
    took: list[float] = field(default_factory=list)
    late: float = 0.0
    acked: int = 0
    refused: int = 0
    twice: int = 0


class Load:
    """Sockets of senders and receivers, and the steps run over them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._senders: list[Wire] = []
        self._receivers: list[Wire] = []
        self._step = Step(0)
        self._next = 0

    async def connect(self, plan: dict[str, Any]) -> None:
        """Open every socket; receivers first, so that nothing is missed."""
        for port, namespace, auth, watched in plan["receivers"]:
            wire = await connect(port, namespace, auth, self._hear)
            self._receivers.append(wire)
            for each in watched:
                answer = await wire.ask("watch", {"customer_id": each})
                assert answer["ok"], answer
        for port, namespace, auth in plan["senders"]:
            self._senders.append(await connect(port, namespace, auth, _ignore, self._ack))

    def _hear(self, packet: bytes) -> None:
        """A receiver got an event: a message is known by its text, in whatever it is wrapped."""
        if packet.startswith(b'["conversation"'):
            return
        at = packet.find(MARK)
        if at < 0:
            return
        at += len(MARK)
        index = int(packet[at : at + 8]) - self._step.first
        if not 0 <= index < len(self._step.took):
            return
        if self._step.took[index] >= 0:
            self._step.twice += 1
            return
        now = self._loop.time()
        self._step.took[index] = now - self._step.due[index]
        if now < self._step.until:
            self._write_again(self._step.senders[index])

    def _write_again(self, sender: int) -> None:
        step = self._step
        number = step.first + len(step.due)
        step.due.append(self._loop.time())
        step.took.append(-1.0)
        step.senders.append(sender)
        self._senders[sender].event(number, _message(number))

    def _ack(self, packet: bytes) -> None:
        if b'"ok":false' in packet:
            self._step.refused += 1
            sys.stderr.write(f"refused: {packet[:300]!r}\n")
        else:
            self._step.acked += 1

    async def run(self, rate: float, seconds: float) -> dict[str, float]:
        """One step; gives its figures."""
        if not rate:
            return await self._run_closed(seconds)
        count = max(1, int(rate * seconds))
        step = self._step = Step(self._next)
        self._next += count
        start = self._loop.time() + 0.02
        step.due = [start + index / rate for index in range(count)]
        step.took = [-1.0] * count
        index, size = 0, len(self._senders)
        while index < count:
            now = self._loop.time()
            if now > step.due[index]:
                step.late = max(step.late, now - step.due[index])
            while index < count and step.due[index] <= now:
                number = step.first + index
                self._senders[number % size].event(number, _message(number))
                index += 1
            await asyncio.sleep(0.001)
        await self._settle(step, count)
        return _figures(step, count, rate)

    async def _run_closed(self, seconds: float) -> dict[str, float]:
        step = self._step = Step(self._next)
        began = self._loop.time()
        step.until = began + seconds
        for sender in range(len(self._senders)):
            self._write_again(sender)
        await asyncio.sleep(seconds)
        done = sum(1 for took in step.took if took >= 0)
        rate = done / (self._loop.time() - began)
        await self._settle(step, len(step.due))
        self._next += len(step.due)
        return _figures(step, len(step.due), rate)

    async def _settle(self, step: Step, count: int) -> None:
        """Wait until everything came, or nothing has for a while."""
        deadline, seen = self._loop.time() + SETTLE_SECONDS, -1
        while True:
            have = sum(1 for took in step.took if took >= 0) + step.acked + step.refused
            if have >= 2 * count:
                return
            if have != seen:
                deadline, seen = self._loop.time() + SETTLE_SECONDS, have
            if self._loop.time() > deadline:
                return
            await asyncio.sleep(0.05)


def _message(number: int) -> bytes:
    key = b"00000000-0000-4000-8000-%012d" % number
    return b'["message",{"client_key":"%b","text":"m:%08d: %b"}]' % (key, number, WORDS.encode())


def _figures(step: Step, count: int, rate: float) -> dict[str, float]:
    took = sorted(t for t in step.took if t >= 0)
    return {
        "rate": rate,
        "sent": count,
        "delivered": len(took),
        "acked": step.acked,
        "refused": step.refused,
        "twice": step.twice,
        "late_ms": step.late * 1000,
        "p50_ms": at_share(took, 0.5) * 1000,
        "p99_ms": at_share(took, 0.99) * 1000,
        "max_ms": (took[-1] if took else 0.0) * 1000,
    }


def at_share(ordered: list[float], share: float) -> float:
    """The value below which this share lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def _ignore(_packet: bytes) -> None:
    """Customers' own echoes are read and dropped."""


async def main() -> None:
    """Obey until the input ends."""
    loop = asyncio.get_running_loop()

    async def order() -> dict[str, Any] | None:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        return json.loads(line) if line else None

    def answer(value: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()

    load, plan = Load(), await order()
    assert plan is not None
    await load.connect(plan)
    gc.collect()
    gc.freeze()
    gc.disable()
    answer({"ready": True})
    while (step := await order()) is not None:
        answer(await load.run(step["rate"], step["seconds"]))
        gc.collect(0)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
