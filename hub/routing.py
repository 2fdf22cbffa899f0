"""Which agent is asked next. `choose` is pure; `route` asks it and makes the offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from hub import availability, conversations, handoff, outbox, queues
from hub.clock import SECOND
from hub.models import Offer
from hub.models.base import table
from hub.store import Tx

ASK_AGAIN_SECONDS = 60

_offer = table(Offer)


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
    """Offer what waits in a queue to agents who are free; runs as a to-do, one queue at a time."""
    queue = queues.get(tx, queue_id)
    waiting = queues.line(tx, queue.id)
    if not waiting:
        return
    present = availability.online_in_queue(tx, queue.id)
    ringing = _ringing(tx)
    refused_someone = False
    for row in waiting:
        if row.id in ringing["conversations"]:
            continue
        conversation = conversations.hold(tx, row.id)
        if conversation.status != "open" or conversation.owner_id != queue.id:
            continue
        asked = _asked(tx, conversation.id)
        candidates = [
            Candidate(
                a.agent_id,
                a.load,
                a.capacity,
                frozenset(a.skills),
                frozenset(a.languages),
                max(a.last_accepted_at, a.state_since),
                asked.get(a.agent_id, 0),
                a.agent_id in ringing["agents"],
            )
            for a in present
        ]
        wanted = Wanted(conversation.language, frozenset(queue.skills), handoff.last_agent(tx, conversation.id))
        agent_id = choose(wanted, candidates, tx.now)
        if agent_id is None:
            refused_someone = refused_someone or any(asked.values())
            continue
        handoff.offer(tx, conversation, agent_id, seconds=queue.offer_seconds)
        ringing["agents"].add(agent_id)
    if refused_someone:
        outbox.set_timer(tx, "route_again", queue.id, tx.now + ASK_AGAIN_SECONDS * SECOND)


def _ringing(tx: Tx) -> dict[str, set[str]]:
    rows = tx.all(select(_offer.c.conversation_id, _offer.c.agent_id).where(_offer.c.state == "live").limit(5000))
    return {"conversations": {r.conversation_id for r in rows}, "agents": {r.agent_id for r in rows}}


def _asked(tx: Tx, conversation_id: str) -> dict[str, int]:
    """When each agent last refused or missed this conversation."""
    rows = tx.all(
        select(_offer.c.agent_id, _offer.c.answered_at)
        .where(_offer.c.conversation_id == conversation_id, _offer.c.state.in_(["declined", "expired"]))
        .order_by(_offer.c.created_at.desc())
        .limit(50)
    )
    found: dict[str, int] = {}
    for row in rows:
        found.setdefault(row.agent_id, int(row.answered_at or 0))
    return found
