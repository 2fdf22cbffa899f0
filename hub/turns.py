"""Turns of bots that think elsewhere: start after quiet, never talk over the customer, fail to people.

Flow bots take their turn inside one transaction (`hub.bots`). A bot behind a network cannot: its
turn reads a window, thinks with no transaction open, and its acts are applied only if it still owns
the conversation. When the customer has written on meanwhile, the turn is thrown away, at most twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from hub import bots, conversations, handoff, outbox, timeline
from hub.errors import HubError
from hub.flows.acts import Act, Close, Escalate, Note, Say
from hub.logs import get_logger
from hub.outbox import Topic
from hub.ports import Actor
from hub.store import Store, Tx
from hub.store.hot import Row

log = get_logger()

THROWN_AWAY_AT_MOST = 2
TURN_SECONDS = 20
WINDOW = 40
TOPIC = "bot_turn"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the window, oldest first."""

    by: Literal["customer", "bot", "agent"]
    text: str
    entry_id: str


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What a turn may know: this conversation, nothing else."""

    conversation_id: str
    language: str
    said: tuple[Said, ...]


class Bot(Protocol):
    """A bot by name, from an entry point `onethread.bots`. It owns and calls nothing of ours."""

    name: str

    async def turn(self, context: TurnContext) -> Sequence[Act]:
        """What to do now; no acts means it does not know, and people take over."""


class Turns:
    """Runs the turns of the bots that are installed."""

    def __init__(self, store: Store, known: Mapping[str, Bot]) -> None:
        self._store = store
        self._known = known

    def topic(self) -> Topic:
        """The timer that starts a turn."""
        return Topic(TOPIC, "The customer has been quiet for a moment: the bot thinks.", over_network=self.take)

    async def take(self, conversation_id: str, payload: dict[str, Any]) -> None:
        """Read, think, apply, or throw away and think again."""
        seen = await self._store.read(lambda tx: _look(tx, conversation_id))
        if seen is None:
            return
        context, through, name = seen
        acts = await self._think(name, context)
        thrown = int(payload.get("thrown", 0))
        await self._store.write(lambda tx: _apply(tx, conversation_id, through, acts, thrown))

    async def _think(self, name: str, context: TurnContext) -> Sequence[Act]:
        """The bot's acts; a bot that fails, hangs or is silent hands over to people."""
        try:
            bot = self._known[name]
            async with asyncio.timeout(TURN_SECONDS):
                acts = await bot.turn(context)
        except (HubError, OSError, TimeoutError, LookupError, ValueError) as error:
            log.warning("bot failed", conversation=context.conversation_id, exc_info=error)
            return [Escalate("bot_failed", "")]
        return acts or [Escalate("bot_silent", "")]


def _look(tx: Tx, conversation_id: str) -> tuple[TurnContext, int, str] | None:
    conversation = conversations.get(tx, conversation_id)
    if conversation.status != "open" or conversation.owner_kind != "bot":
        return None
    rows = [row for row in timeline.window(tx, conversation_id, limit=WINDOW) if row.kind == "message"]
    said = tuple(Said(row.author_kind, str(row.body.get("text", "")), row.id) for row in rows)
    context = TurnContext(conversation_id, conversation.language, said)
    return context, _newest(rows), bots.name_of(tx, conversation)


def _apply(tx: Tx, conversation_id: str, through: int, acts: Sequence[Act], thrown: int) -> None:
    conversation = conversations.hold(tx, conversation_id)
    if conversation.status != "open" or conversation.owner_kind != "bot":
        return
    rows = timeline.window(tx, conversation_id, limit=WINDOW)
    if _newest(rows) > through and thrown < THROWN_AWAY_AT_MOST:
        outbox.set_timer(tx, TOPIC, conversation_id, tx.now + bots.QUIET, {"thrown": thrown + 1})
        return
    bot = bots.bot_for(tx, conversation)
    for act in acts:
        if _do(tx, conversation, bot, act):
            return


def _do(tx: Tx, conversation: Row, bot: Actor, act: Act) -> bool:
    """Apply one act; true when the bot's part is over."""
    match act:
        case Say():
            bots.speak(tx, conversation, bot, act)
        case Note():
            bots.write_note(tx, conversation, bot, act.event, act.data)
        case Escalate():
            bots.escalate(tx, conversation, bot, act)
            return True
        case Close():
            conversations.resolve(tx, conversation.id, bot, code="resolved")
            return True
        case _:
            handoff.to_queue(tx, conversation, bot, conversation.queue_id, reason="bot_failed")
            return True
    return False


def _newest(rows: Sequence[Row]) -> int:
    return max((row.ordered_at for row in rows if row.direction == "in"), default=0)
