"""Which agent is asked next. `choose` is pure; `route` asks it and makes the offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, or_, select

from hub import availability, conversations, handoff, outbox, queues
from hub.clock import SECOND
from hub.models import Offer
from hub.models.base import table
from hub.store import Hot, Tx
from hub.store.hot import Row

ASK_AGAIN_SECONDS = 60

_offer = table(Offer)
_RINGING = Hot(select(_offer.c.conversation_id, _offer.c.agent_id).where(_offer.c.state == "live").limit(5000))
_REFUSED = Hot(
    select(_offer.c.agent_id, _offer.c.answered_at)
    .where(
        _offer.c.conversation_id == bindparam("cnv"),
        or_(_offer.c.state == "declined", _offer.c.state == "expired"),
        _offer.c.answered_at > bindparam("since"),
    )
    .order_by(_offer.c.answered_at)
    .limit(500)
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a waiting conversation asks for."""

    language: str
    skills: frozenset[str] = frozenset()
    last_owner: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is there. `asked_at` is when this very conversation was last refused, or 0."""

    id: str
    load: int
    capacity: int
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    idle_since: int = 0
    asked_at: int = 0
    is_ringing: bool = False


def choose(wanted: Wanted, candidates: Sequence[Candidate], now: int) -> str | None:
    """The agent to ask, or None when nobody fits now.

    All wanted skills are needed. Somebody who speaks the language goes before somebody who does
    not; then the last owner, then the lower share of capacity in use, then the longest idle.
    Whoever refused within the last minute is not asked again yet. Ties fall by id, so the same
    facts always give the same answer.
    """
    fit = [
        c
        for c in candidates
        if c.load < c.capacity
        and not c.is_ringing
        and wanted.skills <= c.skills
        and c.asked_at <= now - ASK_AGAIN_SECONDS * SECOND
    ]
    if not fit:
        return None

    def rank(c: Candidate) -> tuple[bool, bool, float, int, str]:
        speaks = _base(wanted.language) in {_base(tag) for tag in c.languages}
        return (not speaks, c.id != wanted.last_owner, c.load / c.capacity, c.idle_since, c.id)

    return min(fit, key=rank).id


def _base(tag: str) -> str:
    return tag.split("-", maxsplit=1)[0].lower()


def route(tx: Tx, queue_id: str, _payload: dict[str, Any]) -> None:
    """Make one offer for a queue; runs as a to-do, one queue at a time.

    What else waits is left to the next to-do, so that no transaction holds many customers at once.
    """
    queue = queues.get(tx, queue_id)
    present = availability.online_in_queue(tx, queue.id)
    waiting = queues.line(tx, queue.id) if present else []
    if not waiting:
        return
    ringing = {(row.conversation_id, row.agent_id) for row in tx.run(_RINGING)}
    rung = {conversation_id for conversation_id, _ in ringing}
    busy = {agent_id for _, agent_id in ringing}
    refused: list[int] = []
    for row in waiting:
        if row.id in rung:
            continue
        asked = _asked(tx, row.id)
        agent_id = choose(_wanted(tx, row, queue), [_candidate(a, asked, busy) for a in present], tx.now)
        if agent_id is not None:
            conversation = conversations.hold(tx, row.id)
            if conversation.status == "open" and conversation.owner_id == queue.id:
                handoff.offer(tx, conversation, agent_id, seconds=queue.offer_seconds)
            outbox.add(tx, "routing", queue.id)
            return
        refused += asked.values()
    if refused:
        again = min(refused) + ASK_AGAIN_SECONDS * SECOND
        outbox.set_timer(tx, "route_again", queue.id, max(again, tx.now + SECOND))


def _wanted(tx: Tx, conversation: Row, queue: Row) -> Wanted:
    return Wanted(conversation.language, frozenset(queue.skills), handoff.last_agent(tx, conversation.id))


def _candidate(agent: Row, asked: dict[str, int], busy: set[str]) -> Candidate:
    return Candidate(
        agent.agent_id,
        agent.load,
        agent.capacity,
        frozenset(agent.skills),
        frozenset(agent.languages),
        max(agent.last_accepted_at, agent.state_since),
        asked.get(agent.agent_id, 0),
        agent.agent_id in busy,
    )


def _asked(tx: Tx, conversation_id: str) -> dict[str, int]:
    """When each agent last refused or missed this conversation, within the last minute."""
    rows = tx.run(_REFUSED, cnv=conversation_id, since=tx.now - ASK_AGAIN_SECONDS * SECOND)
    return {row.agent_id: int(row.answered_at) for row in rows}
