"""Everything people can do that a screen may show: a scene, and one thing done in it."""

import asyncio
import io
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from hub import demo
from tests.support.waiting import eventually
from tests.web.live.screens import AgentScreen, CustomerScreen, Json
from tests.web.live.story import WITHIN, Story

Act = Callable[[Story, Json], Awaitable[object]]


@dataclass(frozen=True)
class Command:
    """One thing done, after a scene of `Story` has been set."""

    scene: str
    act: Act


COMMANDS: dict[str, Command] = {}


def after(scene: str) -> Callable[[Act], Act]:
    """Put a command into the table under its own name."""

    def add(act: Act) -> Act:
        COMMANDS[act.__name__] = Command(scene, act)
        return act

    return add


def picture() -> bytes:
    """A small photo."""
    file = io.BytesIO()
    Image.new("RGB", (64, 40), (28, 91, 80)).save(file, "PNG")
    return file.getvalue()


async def uploaded(screen: AgentScreen | CustomerScreen) -> str:
    """The id of a photo that was uploaded and belongs to no entry yet."""
    path = "/api/v1/files" if isinstance(screen, AgentScreen) else "/widget/files"
    headers = {"Authorization": f"Bearer {screen.token}", "Content-Type": "image/png", "X-File-Name": "card.png"}
    answer = await screen.http.post(path, content=picture(), headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def send_to_mia(story: Story, one: Json) -> Json:
    """Amy asks Mia, who is there and looks at the customer, to take over; gives the handoff."""
    mia, amy = await story.agent("mia"), await story.agent("amy")
    assert (await mia.ask("presence", state="online"))["ok"]
    assert (await mia.watch(one["log"]))["ok"]
    target = {"kind": "agent", "id": mia.me["id"]}
    asked = await amy.do("POST", f"/conversations/{one['id']}/handoffs", to=target, reason="she knows")
    await eventually(lambda: mia.offers, within=WITHIN)
    return asked


# What customers do.


@after("with_bot")
async def customer_writes(story: Story, one: Json) -> None:
    await story.customer.says("And tomorrow?")


@after("served")
async def customer_writes_to_an_agent(story: Story, one: Json) -> None:
    await asyncio.gather(*(story.customer.says(f"line {number}") for number in range(5)))


@after("with_bot")
async def customer_sends_a_photo(story: Story, one: Json) -> None:
    await story.customer.says("", attachments=[await uploaded(story.customer)])


@after("with_bot")
async def customer_begins_a_flow(story: Story, one: Json) -> None:
    await story.customer.says("My card is misspelt")
    await story.customer.says("ANA PERERA")


@after("with_bot")
async def customer_asks_for_a_person(story: Story, one: Json) -> None:
    assert (await story.customer.ask("person"))["ok"]


@after("waiting")
async def customer_leaves_an_address(story: Story, one: Json) -> None:
    assert (await story.customer.ask("leave_address", scheme="mailto", value="ana@example.org", consent=True))["ok"]


@after("served")
async def customer_has_read(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    await amy.do("POST", f"/conversations/{one['id']}/replies", text="Hello", client_key=str(uuid.uuid4()))
    entry = await eventually(lambda: newest_from_agent(story.customer), within=WITHIN)
    assert isinstance(entry, dict)
    await story.customer.ask("ack", delivered=entry["revision"], read=None)
    await story.customer.ask("ack", delivered=entry["revision"], read=entry["revision"])


@after("served")
async def customer_ends(story: Story, one: Json) -> None:
    assert (await story.customer.ask("end"))["ok"]


@after("resolved")
async def customer_writes_after_the_end(story: Story, one: Json) -> None:
    await story.customer.says("One more thing")


@after("served")
async def customer_comes_back_by_a_link(story: Story, one: Json) -> None:
    code = story.hub.link().rpartition("/")[2]
    greeting = {"key": demo.WIDGET_KEY, "token": story.customer.token, "link": code}
    assert (await story.customer.http.post("/widget/session", json=greeting)).is_success
    await story.customer.says("I scanned your letter")


# What agents do.


@after("with_bot")
async def agent_takes_from_the_bot(story: Story, one: Json) -> None:
    await (await story.agent("amy")).do("POST", f"/conversations/{one['id']}/take")


@after("waiting")
async def agent_takes_from_the_queue(story: Story, one: Json) -> None:
    await (await story.agent("amy")).do("POST", f"/conversations/{one['id']}/take")


@after("offered")
async def agent_accepts(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    await amy.do("POST", f"/offers/{one['id']}/painted")
    await amy.do("POST", f"/offers/{one['id']}/accept")


@after("offered")
async def agent_accepts_by_socket_and_acknowledges(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    assert (await amy.ask("accept", offer_id=one["id"]))["ok"]
    await amy.do("POST", f"/handoffs/{one['handoff_id']}/acknowledge")


@after("offered")
async def agent_declines(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    await amy.do("POST", f"/offers/{one['id']}/decline", reason="lunch")
    await amy.ask("presence", state="away")


@after("served")
async def agent_replies(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    files = [await uploaded(amy)]
    body: dict[str, Any] = {"text": "Hello 你好 🙂", "attachments": files, "client_key": str(uuid.uuid4())}
    await amy.do("POST", f"/conversations/{one['id']}/replies", **body)


@after("served")
async def agent_replies_by_socket_twice_with_one_key(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    body = {"conversation_id": one["id"], "text": "Hello", "client_key": str(uuid.uuid4())}
    first, again = await amy.ask("reply", **body), await amy.ask("reply", **body)
    assert first["entry"]["id"] == again["entry"]["id"]


@after("served")
async def agent_notes(story: Story, one: Json) -> None:
    await (await story.agent("amy")).do("POST", f"/conversations/{one['id']}/notes", text="only for us")


@after("served")
async def agent_reads(story: Story, one: Json) -> None:
    said = await story.customer.says("read this")
    amy = await story.agent("amy")
    await amy.do("POST", f"/conversations/{one['id']}/read", through=said["ordered_at"])


@after("served")
async def agent_resolves(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    await amy.do("POST", f"/conversations/{one['id']}/resolve", disposition="solved", note="all well")


@after("resolved")
async def agent_reopens(story: Story, one: Json) -> None:
    await (await story.agent("amy")).do("POST", f"/conversations/{one['id']}/reopen")


@after("served")
async def agent_transfers_to_a_queue(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    cards = next(each for each in (await amy.get("/queues"))["items"] if each["name"] == "Cards")
    target = {"kind": "queue", "id": cards["id"]}
    await amy.do("POST", f"/conversations/{one['id']}/handoffs", to=target, reason="cards", summary="wrong name")


@after("served")
async def agent_takes_a_transfer_back(story: Story, one: Json) -> None:
    asked = await send_to_mia(story, one)
    await (await story.agent("amy")).do("POST", f"/handoffs/{asked['id']}/cancel")


@after("served")
async def colleague_accepts_a_transfer(story: Story, one: Json) -> None:
    asked = await send_to_mia(story, one)
    await (await story.agent("mia")).do("POST", f"/handoffs/{asked['id']}/accept")


@after("served")
async def colleague_declines_a_transfer(story: Story, one: Json) -> None:
    await send_to_mia(story, one)
    mia = await story.agent("mia")
    await mia.do("POST", f"/offers/{next(iter(mia.offers))}/decline", reason="busy")


@after("served")
async def agent_corrects_the_customer(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    await amy.do("PATCH", f"/customers/{one['log']}", name="Ana Pereira", language="zh-Hans", tier="gold")


@after("served")
async def agent_corrects_the_conversation(story: Story, one: Json) -> None:
    amy = await story.agent("amy")
    cards = next(each for each in (await amy.get("/queues"))["items"] if each["name"] == "Cards")
    now = await amy.get(f"/conversations/{one['id']}")
    change = {"version": now["version"], "topic": "Card", "language": "zh-Hant", "queue": cards["id"]}
    await amy.do("PATCH", f"/conversations/{one['id']}", **change)


@after("served")
async def agent_goes_online_and_away(story: Story, one: Json) -> None:
    mia = await story.agent("mia")
    assert (await mia.ask("presence", state="online"))["ok"]
    await mia.do("PATCH", "/me", state="away", capacity=3)


@after("served")
async def customer_goes_away_and_comes_back_in_another_window(story: Story, one: Json) -> None:
    amy, first = await story.agent("amy"), story.customer
    await first.socket.disconnect()
    await eventually(lambda: amy.conversations[one["id"]]["customer_presence"] == "away", within=WITHIN)
    story.customer = await story.visitor(token=first.token)
    await story.customer.says("I am back")
    await eventually(lambda: amy.conversations[one["id"]]["customer_presence"] == "online", within=WITHIN)


@after("served")
async def supervisor_moves_it(story: Story, one: Json) -> None:
    sue = await story.agent("sue")
    assert (await sue.watch(one["log"]))["ok"]
    risk = next(each for each in (await sue.get("/queues"))["items"] if each["name"] == "Risk")
    target = {"kind": "queue", "id": risk["id"]}
    await sue.do("POST", f"/conversations/{one['id']}/handoffs", to=target, reason="risk")


def newest_from_agent(screen: CustomerScreen) -> Json | None:
    """The last thing an agent said in this window."""
    said = [one for one in screen.shown()["thread"] if one["author"]["kind"] == "agent" and one["kind"] == "message"]
    return said[-1] if said else None
