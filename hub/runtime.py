"""One running hub: the parts that every door is given, and how they start and stop together.

Which channels and which web there are is decided in `hub.__main__`, the composition root.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub import bots, chores, handoff, routing
from hub.blobs import Blobs, open_blobs
from hub.bus import Bus, open_bus
from hub.clock import Clock
from hub.files import FilePool
from hub.outbox import OutboxRunner, Topic
from hub.ports import ChannelAdapter
from hub.sealing import Sealer
from hub.sending import Sender
from hub.settings import Settings
from hub.store import Hint, Store, open_store
from hub.turns import Bot, Turns

HINTS = "hints"
BOT_ATTEMPTS = 3  # about three seconds of silence, then people take over
Listener = Callable[[list[Hint]], None]

TOPICS = (
    Topic(
        "bot", "A customer wrote to the bot; it takes its turn.", bots.turn, give_up=bots.give_up, attempts=BOT_ATTEMPTS
    ),
    Topic("bot_gone", "The bot no longer serves a conversation; its flow is written off.", bots.bot_gone),
    Topic("flow_abandoned", "A flow has waited too long for the customer.", bots.abandon),
    Topic("routing", "Somebody waits or somebody is free in a queue: make offers.", routing.route),
    Topic("route_again", "Agents who refused may be asked again.", routing.route),
    Topic("offer_expiry", "The countdown of an offer ended.", handoff.expire),
    Topic(
        "agent_gone", "An agent vanished or left: their conversations go to the head of the queue.", chores.agent_gone
    ),
    Topic(
        "sweep",
        "Look after vanished agents, lost sends and what is kept only for a while.",
        chores.sweep,
        give_up=chores.sweep_on,
    ),
)


@dataclass(slots=True)
class Hub:
    """Everything a door needs. Made by `open_hub`, ended by `close`."""

    settings: Settings
    clock: Clock
    store: Store
    bus: Bus
    blobs: Blobs
    files: FilePool
    sealer: Sealer
    outbox: OutboxRunner
    sender: Sender
    adapters: Mapping[str, ChannelAdapter]
    works: bool = True
    _listeners: list[Listener] = field(default_factory=list)

    def listen(self, listener: Listener) -> None:
        """Call `listener` on the event loop with hints of this and of other processes."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Join the bus; with `works`, begin draining to-dos and sending."""
        self.store.on_hints = self._announce
        self.bus.subscribe(HINTS, self._hear)
        await self.bus.start()
        if self.works:
            await self.store.write(chores.start)
            self.outbox.start()
            self.sender.start()

    async def close(self) -> None:
        """Stop in the order that loses nothing."""
        await self.outbox.stop()
        await self.sender.stop()
        await self.files.close()
        await self.bus.close()
        await self.store.close()

    def _announce(self, hints: list[Hint]) -> None:
        self._tell(hints)
        self.bus.publish(HINTS, {"hints": [[hint.kind, hint.id] for hint in hints]})

    def _hear(self, message: dict[str, Any]) -> None:
        self._tell([Hint(kind, id) for kind, id in message.get("hints", ())])

    def _tell(self, hints: list[Hint]) -> None:
        kinds = {hint.kind for hint in hints}
        if "todo" in kinds:
            self.outbox.wake()
        if "delivery" in kinds:
            self.sender.wake()
        for listener in self._listeners:
            listener(hints)


def open_hub(
    settings: Settings,
    adapters: Mapping[str, ChannelAdapter],
    bots_known: Mapping[str, Bot] | None = None,
    *,
    clock: Clock | None = None,
    works: bool = True,
) -> Hub:
    """Put a hub together; nothing runs yet. The schema must be there (`python -m hub migrate`)."""
    clock = clock or Clock()
    store = open_store(settings.database_url, clock)
    outbox = OutboxRunner(store)
    for topic in (*TOPICS, Turns(store, bots_known or {}).topic()):
        outbox.subscribe(topic)
    sealer = Sealer(settings.secret_key)
    return Hub(
        settings=settings,
        clock=clock,
        store=store,
        bus=open_bus(settings.redis_url, clock),
        blobs=open_blobs(settings.blobs_url, settings.home),
        files=FilePool(),
        sealer=sealer,
        outbox=outbox,
        sender=Sender(store, adapters, sealer),
        adapters=adapters,
        works=works,
    )


async def drain(hub: Hub) -> None:
    """Do every to-do that is due, then return; for tests and for closing down quietly."""
    worked = True
    while worked:
        worked = await hub.outbox.turn()
