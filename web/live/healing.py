"""What a lost hint would have told: found once a second, because the bus may forget everything."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import select

from hub.logs import get_logger
from hub.models import Conversation, Offer
from hub.models.base import table
from hub.runtime import Hub
from hub.store import Tx
from web.live.lists import Lists
from web.live.pump import Pump
from web.live.sockets import Registry
from web.serving import SocketServer

log = get_logger()

EVERY_SECONDS = 1.0
STALE_ROUNDS = 3
MAX_FOUND = 500

_offer, _cnv = table(Offer), table(Conversation)
Recheck = Callable[[str], Awaitable[None]]


class Healing:
    """Offers that ring, conversations of logs that moved unheard, access that changed, lists while the bus is away."""

    def __init__(
        self, hub: Hub, sio: SocketServer, registry: Registry, pump: Pump, lists: Lists, check_access: Recheck
    ) -> None:
        self._hub = hub
        self._sio = sio
        self._registry = registry
        self._pump = pump
        self._lists = lists
        self._check_access = check_access
        self._away_rounds = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self._heal()
            except Exception:  # the loop must live on: the database may be away for a while
                log.exception("healing failed")

    async def _heal(self) -> None:
        missed, self._pump.missed = self._pump.missed, set()
        suspects, self._pump.suspects = self._pump.suspects, set()
        agent_ids = {socket.viewer.id for socket in self._registry.agents.values()}
        if agent_ids or missed:
            ringing, moved = await self._hub.store.read(lambda tx: (_ringing(tx, agent_ids), _moved(tx, missed)))
            for offer_id in ringing ^ self._lists.told_offers(agent_ids):
                self._lists.mark("offer", offer_id)
            for conversation_id in moved:
                self._lists.mark("conversation", conversation_id)
        for log_id in sorted(suspects):
            self._lists.moved(log_id)
            await self._check_access(log_id)
        await self._heal_lists()

    async def _heal_lists(self) -> None:
        """While other processes cannot be heard, and once when they can be again: fetch the lists."""
        is_away = not self._hub.bus.is_up
        was_away = self._away_rounds > 0
        if (is_away and self._away_rounds % STALE_ROUNDS == 0) or (was_away and not is_away):
            await self._sio.tell("inbox_stale", {}, list(self._registry.agents), "/agent")
        self._away_rounds = self._away_rounds + 1 if is_away else 0


def _ringing(tx: Tx, agent_ids: set[str]) -> set[str]:
    if not agent_ids:
        return set()
    live = select(_offer.c.id).where(_offer.c.agent_id.in_(sorted(agent_ids)), _offer.c.state == "live")
    return {row.id for row in tx.all(live.limit(MAX_FOUND))}


def _moved(tx: Tx, log_ids: set[str]) -> list[str]:
    if not log_ids:
        return []
    about = select(_cnv.c.id).where(_cnv.c.log_id.in_(sorted(log_ids))).order_by(_cnv.c.updated_at.desc())
    return [row.id for row in tx.all(about.limit(MAX_FOUND))]
