"""Attack case A8: who knocks at the sockets without right, or only to do harm, gets nothing and breaks nothing."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest
import socketio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.running import RunningHub, running_demo
from tests.support.waiting import eventually
from tests.web.live.screens import AgentScreen, CustomerScreen, Line

MB = 2**20
HEADERS = 10_000
TABS = 100


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """The demo, which must live through all of this."""
    with running_demo(tmp_path_factory.mktemp("hub") / "home") as running:
        yield running
        assert not running.trouble()


@asynccontextmanager
async def bare_socket(hub: RunningHub) -> AsyncIterator[ClientConnection]:
    """A web socket that speaks for itself; the server's first packet is read."""
    url = hub.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    async with connect(url) as socket:
        assert str(await socket.recv()).startswith("0{")
        yield socket


async def cookie_of(hub: RunningHub, who: str) -> str:
    """The cookie of a console that has logged in."""
    login = hub.login(who)
    async with httpx.AsyncClient(base_url=hub.url) as http:
        body = {"email": login["email"], "password": login["password"]}
        answer = await http.post("/api/v1/login", json=body)
    assert answer.status_code == 200, answer.text
    name, value = next(iter(answer.cookies.items()))
    return f"{name}={value}"


async def is_let_in(hub: RunningHub, headers: dict[str, str]) -> bool:
    """Whether a console that shows these headers may connect."""
    line = Line("/agent")
    try:
        await line.connect(hub.url, {}, headers)
    except socketio.exceptions.ConnectionError:
        return False
    else:
        answer = await line.ask("presence", state="away")
        return bool(answer["ok"])
    finally:
        await line.close()


async def test_a_cookie_opens_no_socket_for_other_pages(hub: RunningHub) -> None:
    cookie = await cookie_of(hub, "amy")

    assert await is_let_in(hub, {"Cookie": cookie, "Origin": hub.url})

    assert not await is_let_in(hub, {"Cookie": cookie})
    for origin in ("https://evil.example", "null", hub.facts["widget_page"].rstrip("/"), f"{hub.url}.evil.example"):
        assert not await is_let_in(hub, {"Cookie": cookie, "Origin": origin}), origin


async def test_logging_out_ends_every_socket_of_that_log_in(hub: RunningHub) -> None:
    login = hub.login("ben")
    async with httpx.AsyncClient(base_url=hub.url, headers={"Origin": hub.url}) as http:
        answer = await http.post("/api/v1/login", json={"email": login["email"], "password": login["password"]})
        name, value = next(iter(answer.cookies.items()))
        lines = [Line("/agent"), Line("/agent")]
        for line in lines:
            await line.connect(hub.url, {}, {"Cookie": f"{name}={value}", "Origin": hub.url})

        left = await http.post("/api/v1/logout", headers={"X-CSRF-Token": answer.json()["csrf"]})

        assert left.status_code == 204
        for line in lines:
            await eventually(lambda: line.named("session_over") and not line.socket.connected)  # noqa: B023
            await line.close()
    assert not await is_let_in(hub, {"Cookie": f"{name}={value}", "Origin": hub.url})


@pytest.mark.parametrize("token", ["", "hub_" + "x" * 43, "x" * 100_000, "' OR 1=1 --", "\u0000"])
async def test_a_wrong_token_opens_no_socket(hub: RunningHub, token: str) -> None:
    for namespace in ("/agent", "/customer"):
        line = Line(namespace)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await line.connect(hub.url, {"token": token})
        await line.close()


async def test_nobody_listens_to_foreign_logs(hub: RunningHub) -> None:
    customer, amy, sue = CustomerScreen(hub.url), AgentScreen(hub.url, hub.token("amy")), await supervisor(hub)
    await customer.open()
    said = await customer.says("hello")
    one = await sue.get(f"/conversations/{said['conversation_id']}")
    risk = next(each for each in (await sue.get("/queues"))["items"] if each["name"] == "Risk")
    await sue.do("POST", f"/conversations/{one['id']}/handoffs", to={"kind": "queue", "id": risk["id"]}, reason="risk")
    await amy.open()

    for foreign in (one["log"], "cus_" + "0" * 26, "", "log:*", one["id"]):
        answer = await amy.ask("watch", customer_id=foreign)
        assert answer["error"]["code"] == "not_found", foreign
    reply = await amy.ask("reply", conversation_id=one["id"], text="hi", client_key="a foreign reply")
    assert reply["error"]["code"] == "not_found"
    other = await CustomerScreen(hub.url).open()
    assert (await other.ask("message", client_key="k" * 20, text="mine", conversation_id=one["id"]))["ok"]
    assert all(entry["conversation_id"] != one["id"] for entry in other.entries.values())
    assert "hello" not in str(amy.told) + str(other.told)
    for screen in (customer, amy, sue, other):
        await screen.close()


async def supervisor(hub: RunningHub) -> AgentScreen:
    """Who sees all."""
    return await AgentScreen(hub.url, hub.token("sue")).open()


async def test_events_before_being_let_in_do_nothing(hub: RunningHub) -> None:
    async with bare_socket(hub) as socket:
        await socket.send('42/agent,1["presence",{"state":"online"}]')
        await socket.send('42/customer,2["message",{"client_key":"abcdefgh","text":"let me in"}]')
        await socket.send('42["watch",{"customer_id":"x"}]')
        await socket.send("40/admin,")
        told = await what_comes(socket, until="44/admin,")

    assert all('"ok":true' not in packet for packet in told)
    assert not any(packet.startswith("43") and "error" not in packet for packet in told)


async def what_comes(socket: ClientConnection, *, until: str) -> list[str]:
    """Packets up to one that begins so, or until the server hangs up."""
    told: list[str] = []
    try:
        while not told or not told[-1].startswith(until):
            told.append(str(await asyncio.wait_for(socket.recv(), 10)))
    except ConnectionClosed:
        pass
    return told


@pytest.mark.parametrize("announced", [1, 999_999_999])
async def test_binary_headers_without_attachments_fill_no_memory(hub: RunningHub, announced: int) -> None:
    server = psutil.Process(hub.processes[0].pid)
    before = server.memory_info().rss
    packet = f'45{announced}-/customer,["message",{{"_placeholder":true,"num":0}}]'

    sent = 0
    while sent < HEADERS:
        async with bare_socket(hub) as socket:
            await socket.send("40/customer,{}")
            try:
                for _ in range(500):
                    await socket.send(packet)
                    sent += 1
            except ConnectionClosed:
                continue

    assert server.memory_info().rss - before < 50 * MB
    await still_serves(hub)


@pytest.mark.parametrize(
    "packet",
    [
        "4", "42", "42/", "42/customer,", "42/customer,[", "42/customer,[]", "42/customer,{}", '42/customer,["sync"]',
        '42/customer,99999999999999999999["sync",{}]', "45x-/customer,[]", "46", "49", "9", "4️⃣", "\u0000",
        "42/customer," + "[" * 50_000, '42/customer,["message",' + json.dumps("x" * 150_000) + "]",
    ],
)  # fmt: skip
async def test_broken_packets_end_at_most_their_own_socket(hub: RunningHub, packet: str) -> None:
    async with bare_socket(hub) as socket:
        try:
            await socket.send("40/customer,{}")
            for _ in range(3):
                await socket.send(packet)
                await socket.send(packet.encode())
        except ConnectionClosed:
            pass

    await still_serves(hub)


async def still_serves(hub: RunningHub) -> None:
    """Somebody else is answered at once."""
    customer = await CustomerScreen(hub.url).open()
    began = time.monotonic()
    await customer.says("are you there?")
    assert time.monotonic() - began < 5
    await customer.close()


@pytest.mark.parametrize(
    "data", [None, [], "text", 7, True, {"client_key": 7, "text": "x"}, {"client_key": "k" * 9, "text": {"a": 1}},
             {"client_key": "k" * 9, "text": "x", "attachments": "att"}, {"client_key": "k" * 9, "text": "x" * 65_537},
             {"client_key": "k" * 9, "text": "x", "answers": {"a": ["b"]}}, {"client_key": "short", "text": "x"},
             {"client_key": "k" * 9, "text": ""}, {"client_key": "k" * 9, "text": "a\u0000b"},
             {"client_key": "k" * 9, "text": "\ud800"}, {"text": "no key"}],
)  # fmt: skip
async def test_a_message_that_is_none_is_refused_in_words(hub: RunningHub, data: object) -> None:
    customer = await CustomerScreen(hub.url).open()

    answer = await customer.socket.call("message", data, namespace="/customer", timeout=10)

    if not answer["ok"]:
        assert answer["error"]["code"] in ("invalid", "too_large"), answer
        assert answer["error"]["detail"]
        await customer.sync()
        assert customer.entries == {}
    else:
        assert isinstance(data, dict)
        assert answer["entry"]["body"]["text"] == data["text"]
    await customer.close()


async def test_a_flood_ends_its_own_socket_and_slows_nobody(hub: RunningHub) -> None:
    flooder = await CustomerScreen(hub.url).open()
    other = await CustomerScreen(hub.url).open()

    for number in range(2_000):
        if not flooder.socket.connected:
            break
        await flooder.socket.emit("typing", {"on": bool(number % 2)}, namespace="/customer")
    began = time.monotonic()
    await other.says("I only have a question")
    took = time.monotonic() - began

    await eventually(lambda: not flooder.socket.connected)
    assert took < 5
    await flooder.close()
    await other.close()


async def test_a_hundred_tabs_of_one_customer_agree(hub: RunningHub) -> None:
    first = await CustomerScreen(hub.url).open()
    await first.says("I open many tabs")
    tabs = [CustomerScreen(hub.url) for _ in range(TABS)]
    for group in range(0, TABS, 20):
        await asyncio.gather(*(tab.open(token=first.token) for tab in tabs[group : group + 20]))

    said = [await tabs[number].says(f"from tab {number}") for number in (0, 50, 99)]

    ids = {entry["id"] for entry in said}
    await eventually(lambda: all(ids <= tab.entries.keys() for tab in tabs), within=20)
    await eventually(lambda: all(tab.shown()["thread"] == tabs[0].shown()["thread"] for tab in tabs), within=20)
    for tab in [first, *tabs]:
        await tab.close()
