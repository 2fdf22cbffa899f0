"""The bus: quick, bounded, and never needed for correctness."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import psutil
import pytest
import redis
import redis.asyncio

from hub.bus import Bus, MemoryBus, open_bus
from hub.bus import memory as memory_bus
from hub.bus.redis import MAX_WAITING, RedisBus
from hub.clock import Clock
from hub.errors import SettingsError
from tests.support.redis import RedisServer
from tests.support.waiting import eventually


@pytest.fixture
async def connect(redis_url: str) -> AsyncIterator[Callable[[], Any]]:
    """Opens buses of further processes on the same Redis."""
    opened: list[RedisBus] = []

    async def open_one() -> RedisBus:
        bus = RedisBus(redis_url)
        await bus.start()
        opened.append(bus)
        return bus

    yield open_one
    for bus in opened:
        await bus.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[Bus]:
    """A bus of either kind."""
    opened = open_bus(request.getfixturevalue("redis_url") if request.param == "redis" else "", clock)
    await opened.start()
    assert opened.is_up
    yield opened
    await opened.close()


def collect(bus: Bus, channel: str = "hints") -> list[Any]:
    got: list[Any] = []
    bus.subscribe(channel, got.append)
    return got


async def test_other_processes_get_a_message_and_the_sender_does_not(connect: Callable[[], Any]) -> None:
    one, two, three = await connect(), await connect(), await connect()
    got = [collect(each) for each in (one, two, three)]

    for n in range(1000):
        one.publish("hints", {"kind": "log", "id": n, "text": "卡 \ud800"})
    two.publish("hints", {"last": True})

    await eventually(lambda: len(got[1]) == 1000 and len(got[2]) == 1001 and got[0])
    assert [message["id"] for message in got[1]] == list(range(1000))
    assert got[0] == [{"last": True}]


async def test_messages_reach_only_their_channel(connect: Callable[[], Any]) -> None:
    one, two = await connect(), await connect()
    typing, hints = collect(two, "typing"), collect(two, "hints")

    one.publish("typing", {"on": True})
    one.publish("hints", {"id": "cus_1"})

    await eventually(lambda: hints)
    assert (typing, hints) == ([{"on": True}], [{"id": "cus_1"}])


async def test_the_memory_bus_has_nobody_to_tell() -> None:
    bus = MemoryBus()
    got = collect(bus)

    bus.publish("hints", {"id": "cus_1"})

    await asyncio.sleep(0)
    assert got == []


async def test_a_handler_that_raises_harms_nobody_else(connect: Callable[[], Any]) -> None:
    one, two = await connect(), await connect()
    raised: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: raised.append(context["exception"]))
    two.subscribe("hints", lambda message: message["missing"])
    got = collect(two)

    one.publish("hints", {"id": 1})
    one.publish("hints", {"id": 2})

    await eventually(lambda: len(got) == 2)
    assert [type(error) for error in raised] == [KeyError, KeyError]
    assert two.is_up


@pytest.mark.parametrize("message", [{"of": object()}, {"big": "x" * 70_000}, {1: {2: b"bytes"}}])
async def test_what_cannot_be_sent_is_counted_and_raises_nothing(connect: Callable[[], Any], message: Any) -> None:
    one, two = await connect(), await connect()
    got = collect(two)

    one.publish("hints", message)
    one.publish("hints", {"id": 1})

    await eventually(lambda: got)
    assert (got, one.dropped) == ([{"id": 1}], 1)


async def test_rubbish_on_the_wire_is_passed_over(connect: Callable[[], Any], redis_url: str) -> None:
    one, two = await connect(), await connect()
    got = collect(two)

    with redis.Redis.from_url(redis_url) as client:
        for text in (b"{", b"\xff", b"[1]", b"[1,2,3]", b"[1,[],{}]", b"[" * 5000, b'{"a":1,"b":2,"c":3}'):
            client.publish("onethread:0:bus", text)
    await eventually(lambda: two.is_up)
    one.publish("hints", {"id": 1})

    await eventually(lambda: got or (two.is_up and one.publish("hints", {"id": 1})))
    assert got[0] == {"id": 1}


async def test_fifty_parallel_calls_never_pass_more_than_the_limit(bus: Bus) -> None:
    waits = await asyncio.gather(*(bus.take("login:amy", 5, 60) for _ in range(50)))

    assert waits.count(0) == 5
    assert all(59 <= wait <= 60 for wait in waits if wait)


async def test_the_limit_holds_over_processes(connect: Callable[[], Any]) -> None:
    buses = [await connect() for _ in range(3)]

    waits = await asyncio.gather(*(buses[n % 3].take("login:amy", 7, 60) for n in range(60)))

    assert waits.count(0) == 7


async def test_permits_come_back_one_by_one(bus: Bus, clock: Clock) -> None:
    assert await bus.take("key", 2, 60) == 0
    clock.advance(30)
    assert await bus.take("key", 2, 60) == 0

    assert await bus.take("key", 2, 60) in (29, 30)
    clock.advance(31)

    assert await bus.take("key", 2, 60) == 0
    assert await bus.take("key", 2, 60) in (28, 29)
    assert await bus.take("another", 2, 60) == 0
    assert await bus.take("closed", 0, 60) == 60


async def test_facts_are_forgotten_in_time(bus: Bus, clock: Clock) -> None:
    await bus.put("typing:cnv_1", {"on": True}, 60)
    await bus.put("short", [1], 1)

    assert await bus.get("typing:cnv_1") == {"on": True}
    assert await bus.get("never") is None
    clock.advance(2)
    await eventually(lambda: _is_forgotten(bus, "short"))


async def _is_forgotten(bus: Bus, key: str) -> bool:
    return await bus.get(key) is None


async def test_facts_are_shared(connect: Callable[[], Any]) -> None:
    one, two = await connect(), await connect()

    await one.put("seen", "online", 60)

    assert await two.get("seen") == "online"


async def test_no_address_can_be_read_from_the_keys(bus: Bus, redis_url: str) -> None:
    await bus.take("login:amy@demo.example", 5, 60)
    await bus.put("seen:amy@demo.example", 1, 60)

    with redis.Redis.from_url(redis_url) as client:
        assert not [key for key in client.scan_iter() if b"amy" in key]


async def test_a_flood_of_keys_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_bus, "MAX_KEYS", 100)
    bus = MemoryBus()

    for n in range(1000):
        await bus.take(f"key:{n}", 1, 60)
        await bus.put(f"key:{n}", n, 60)

    assert len(bus._taken) == len(bus._facts) == 100
    assert await bus.take("key:999", 1, 60) == 60


async def test_an_outage_of_redis_harms_nothing_and_ends_by_itself(
    connect: Callable[[], Any], redis_server: RedisServer
) -> None:
    one, two = await connect(), await connect()
    got = collect(two)

    redis_server.kill()
    await eventually(lambda: not one.is_up and not two.is_up)
    one.publish("hints", {"lost": True})
    waits = await asyncio.gather(*(one.take("login:amy", 5, 60) for _ in range(50)))
    await one.put("seen", "online", 60)

    assert waits.count(0) == 5
    assert one.dropped == 1
    assert await one.get("seen") == "online"

    redis_server.start()
    await eventually(lambda: one.is_up and two.is_up, within=20)
    one.publish("hints", {"lost": False})
    await eventually(lambda: got)
    assert got == [{"lost": False}]
    assert await one.take("login:amy", 5, 60) == 0


async def test_a_frozen_redis_is_noticed_and_delays_nobody_for_long(
    connect: Callable[[], Any], redis_server: RedisServer
) -> None:
    bus = await connect()
    redis_server.pause()
    loop = asyncio.get_running_loop()
    begun = loop.time()

    waits = await asyncio.gather(*(bus.take("key", 5, 60) for _ in range(50)))

    assert loop.time() - begun < 2.5
    assert waits.count(0) == 5
    assert not bus.is_up
    redis_server.resume()
    await eventually(lambda: bus.is_up, within=20)


async def test_a_listener_cut_off_by_redis_comes_back(connect: Callable[[], Any], redis_url: str) -> None:
    one, two = await connect(), await connect()
    got = collect(two)

    with redis.Redis.from_url(redis_url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    await eventually(lambda: not two.is_up)

    await eventually(lambda: got or one.publish("hints", {"id": 1}), within=20)
    assert got[0] == {"id": 1}


async def test_a_listener_that_is_unsubscribed_behind_our_back_is_noticed(connect: Callable[[], Any]) -> None:
    one, two = await connect(), await connect()
    got = collect(two)
    listener = two._listener
    await listener.unsubscribe()

    await eventually(lambda: not two.is_up)

    await eventually(lambda: got or one.publish("hints", {"id": 1}), within=20)


async def test_the_hub_starts_without_redis(redis_server: RedisServer) -> None:
    redis_server.kill()
    bus = RedisBus(redis_server.url)

    await bus.start()
    assert not bus.is_up
    assert await bus.take("key", 1, 60) == 0
    assert await bus.take("key", 1, 60) == 60

    redis_server.start()
    await eventually(lambda: bus.is_up, within=20)
    await bus.close()


async def test_redis_may_lose_its_script_and_everything_else(connect: Callable[[], Any], redis_url: str) -> None:
    bus = await connect()
    assert await bus.take("key", 1, 60) == 0

    with redis.Redis.from_url(redis_url) as client:
        client.script_flush()
        client.flushall()

    assert [await bus.take("key", 1, 60) for _ in range(2)] == [0, 60]


async def test_a_full_redis_still_limits(connect: Callable[[], Any], redis_url: str) -> None:
    bus = await connect()
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", "1")
        try:
            waits = [await bus.take("key", 3, 60) for _ in range(10)]
        finally:
            client.config_set("maxmemory", "0")

    assert waits.count(0) == 3
    assert bus.is_up


async def test_connections_are_bounded(connect: Callable[[], Any], redis_server: RedisServer) -> None:
    bus = await connect()

    await asyncio.gather(*(bus.take(f"key:{n}", 1, 60) for n in range(200)))

    ours = [c for c in psutil.Process().net_connections("tcp") if c.raddr[1:] == (redis_server.port,)]
    assert len(ours) <= 8


async def test_the_line_of_waiting_messages_is_bounded(connect: Callable[[], Any]) -> None:
    bus = await connect()

    for n in range(MAX_WAITING + 5):
        bus.publish("hints", {"id": n})

    assert bus.dropped == 5


async def test_closing_sends_what_waits(connect: Callable[[], Any], redis_url: str) -> None:
    two = await connect()
    got = collect(two)
    one = RedisBus(redis_url)
    await one.start()

    one.publish("hints", {"id": 1})
    await one.close()

    await eventually(lambda: got)


def test_a_url_that_cannot_be_read_is_a_setting_error() -> None:
    with pytest.raises(SettingsError, match="HUB_REDIS_URL"):
        RedisBus("redis://127.0.0.1:port/0")
