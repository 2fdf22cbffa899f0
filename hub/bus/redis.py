"""The bus over Redis: pub/sub for messages, small scripts for limits.

Redis is allowed to be away, to freeze and to forget. A message of our own to ourselves every second shows
whether the whole way works: the listener may otherwise die unnoticed when Redis closes a subscriber that
reads too slowly (python-socketio issue 1581).
"""

import asyncio
import contextlib
import hashlib
import json
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from hub.bus.base import Bus, Message
from hub.bus.memory import MemoryBus
from hub.clock import Clock
from hub.errors import SettingsError
from hub.logs import get_logger

log = get_logger()

COMMANDS = 4
"""Limits and facts asked for at the same time; with publisher, listener and ping this bounds the connections."""
MAX_WAITING = 10_000
MAX_BYTES = 64_000
BATCH = 500
PING_SECONDS = 1.0
SILENT_SECONDS = 3.0
ANSWER_SECONDS = 1.0
FIRST_DELAY, LONGEST_DELAY = 0.1, 5.0

_AWAY = (RedisError, OSError, TimeoutError)
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2] + tonumber(ARGV[3])
local limit, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = tonumber(redis.call('LINDEX', KEYS[1], limit - 1) or '-1')
if oldest > now then
  redis.call('DEL', KEYS[1])
elseif oldest >= 0 and oldest + span > now then
  return math.ceil((oldest + span - now) / 1000000)
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], span / 1000)
return 0
"""


class RedisBus(Bus):
    """Reaches the other processes through Redis. While it is away messages are dropped and limits are counted here."""

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        super().__init__()
        try:
            self._redis = redis.asyncio.Redis.from_url(
                url,
                protocol=2,
                decode_responses=True,
                encoding_errors="replace",
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
                retry=Retry(NoBackoff(), 0),
                max_connections=COMMANDS + 4,
            )
        except ValueError as error:
            raise SettingsError("HUB_REDIS_URL cannot be read") from error
        self._clock = clock or Clock()
        self._local = MemoryBus(self._clock)
        self._take = self._redis.register_script(_TAKE)
        self._origin = uuid.uuid4().hex
        number = self._redis.connection_pool.connection_kwargs.get("db") or 0
        self._common = f"onethread:{number}:bus"  # pub/sub knows no databases: the number keeps hubs apart
        self._own = f"onethread:{number}:{self._origin}"
        self._waiting: deque[str] = deque()
        self._more = asyncio.Event()
        self._first = asyncio.Event()
        self._commands = asyncio.Semaphore(COMMANDS)
        self._task: asyncio.Task[None] | None = None
        self._up = False
        self._is_closing = False
        self._listener: PubSub
        self.dropped = 0

    async def start(self) -> None:
        """Connect in the background; give the first attempt two seconds."""
        self._task = asyncio.create_task(self._keep_connected(), name="bus")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._first.wait(), 2 * ANSWER_SECONDS)

    async def close(self) -> None:
        """Send what waits, within a second, and close the connections."""
        with contextlib.suppress(*_AWAY):
            await asyncio.wait_for(self._send_waiting(), ANSWER_SECONDS)
        self._up = False
        self._is_closing = True
        if self._task is not None:
            await _ended(self._task)
        await self._redis.aclose()

    @property
    def is_up(self) -> bool:
        """Whether the last message to ourselves came back."""
        return self._up

    def publish(self, channel: str, message: Message) -> None:
        """See `Bus.publish`; what cannot be sent is counted in `dropped`."""
        try:
            text = json.dumps([self._origin, channel, message], separators=(",", ":"))
        except (TypeError, ValueError, RecursionError):
            log.exception("bus message is not JSON", channel=channel)
            text = ""
        if not text or not self._up or len(text) > MAX_BYTES or len(self._waiting) >= MAX_WAITING:
            self.dropped += 1
            return
        self._waiting.append(text)
        self._more.set()

    async def take(self, key: str, limit: int, seconds: int) -> int:
        """See `Bus.take`; counted in this process alone while Redis is away."""
        if limit > 0:
            arguments = [limit, seconds * 1_000_000, self._clock.offset]
            answer = await self._ask(lambda: self._take(keys=[_name("rate", key)], args=arguments))
            if answer is not None:
                return int(answer)
        return self._local.take_now(key, limit, seconds)

    async def put(self, key: str, value: object, seconds: int) -> None:
        """See `Bus.put`; known to this process alone while Redis is away."""
        await self._local.put(key, value, seconds)
        await self._ask(lambda: self._redis.set(_name("fact", key), json.dumps(value), ex=max(1, seconds)))

    async def get(self, key: str) -> Any:
        """See `Bus.get`."""
        answer = await self._ask(lambda: self._redis.mget([_name("fact", key)]))
        if answer is None:
            return await self._local.get(key)
        return None if answer[0] is None else json.loads(answer[0])

    async def _ask(self, command: Callable[[], Awaitable[Any]]) -> Any:
        """Run a command, or give None at once when Redis is away."""
        async with self._commands:
            if not self._up:
                return None
            try:
                return await command()
            except ResponseError:  # there, but refuses: full, or read-only
                return None
            except _AWAY:
                self._set_up(is_up=False)
                return None

    async def _keep_connected(self) -> None:
        delay = FIRST_DELAY
        while not self._is_closing:
            try:
                await self._serve()
            except _AWAY:
                pass  # told by _set_up
            except Exception:  # whatever came over the wire, this loop must live on
                log.exception("bus failed")
            finally:
                delay = FIRST_DELAY if self._up else min(delay * 2, LONGEST_DELAY)
                self._set_up(is_up=False)
                self._first.set()
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))

    async def _serve(self) -> None:
        """Listen, send and ping on fresh connections until one of them fails."""
        async with self._redis.pubsub() as self._listener:
            await self._listener.subscribe(self._common, self._own)
            tasks = [asyncio.create_task(part()) for part in (self._listen, self._send, self._ping)]
            try:
                # No TaskGroup: it turns a cancellation that meets an error into that error, and close would hang.
                failed, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in failed:
                    task.result()
            finally:
                await _ended(*tasks)

    async def _listen(self) -> None:
        while True:
            message = await self._listener.get_message(timeout=SILENT_SECONDS)
            if message is None:
                raise TimeoutError("not even our own messages come back")
            if message["type"] == "message" and message["channel"] == self._own:
                self._set_up(is_up=True)
                self._first.set()
            elif message["type"] == "message":
                self._hand_over(message["data"])

    def _hand_over(self, text: str) -> None:
        """Call the handlers one turn later, so that one that raises harms nobody else."""
        try:
            origin, channel, message = json.loads(text)
            handlers = self._handlers.get(channel, ())
        except (ValueError, TypeError, RecursionError):
            log.warning("bus message unreadable")
            return
        if origin != self._origin and isinstance(message, dict):
            loop = asyncio.get_running_loop()
            for handler in handlers:
                loop.call_soon(handler, message)

    async def _send(self) -> None:
        while True:
            await self._more.wait()
            self._more.clear()
            await self._send_waiting()

    async def _send_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for text in batch:
                        pipeline.publish(self._common, text)
                    await pipeline.execute()
            except BaseException:
                self.dropped += len(batch)
                raise

    async def _ping(self) -> None:
        while True:
            await self._redis.publish(self._own, "")
            await asyncio.sleep(PING_SECONDS)

    def _set_up(self, *, is_up: bool) -> None:
        if is_up and not self._up:
            log.info("redis is there")
        elif self._up and not is_up:
            log.warning("redis is away", dropped=self.dropped)
            self.dropped += len(self._waiting)
            self._waiting.clear()
        self._up = is_up


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel until done: a client under a timeout may take one cancellation for its own and go on."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        done, running = await asyncio.wait(running, timeout=0.2)
        for task in done:
            if not task.cancelled():
                task.exception()  # heard: what it died of no longer matters


def _name(kind: str, key: str) -> str:
    """A Redis key of fixed length that shows no address to who lists the keys."""
    return f"onethread:{kind}:{hashlib.blake2b(key.encode(errors='replace'), digest_size=16).hexdigest()}"
