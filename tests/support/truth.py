"""What must hold of every conversation at every moment, counted anew from the rows themselves."""

from collections import Counter

from sqlalchemy import select

from hub import availability, brief, queues, routing
from hub.clock import SECOND
from hub.models import Availability, Conversation, Handoff, Offer, Queue, Timer
from hub.models.base import table
from hub.store import Tx
from hub.store.hot import Row


def check(tx: Tx) -> None:
    """Raise AssertionError, saying what is wrong, unless owners, counters, offers and briefs agree."""
    conversations = tx.all(select(table(Conversation)))
    agents = tx.all(select(table(Availability)))
    lines = tx.all(select(table(Queue)))
    offers = tx.all(select(table(Offer)).where(table(Offer).c.state == "live"))
    _owners({a.agent_id for a in agents}, {q.id for q in lines}, conversations)
    serving = Counter(c.owner_id for c in conversations if c.status == "open" and c.owner_kind == "agent")
    waiting = Counter(c.owner_id for c in conversations if c.status == "open" and c.owner_kind == "queue")
    assert {a.agent_id: a.load for a in agents if a.load} == dict(serving), "load is not what agents serve"
    assert {q.id: q.waiting for q in lines if q.waiting} == dict(waiting), "waiting is not who waits"
    assert all(a.load <= a.capacity for a in agents), "somebody serves more than agreed"
    _offers(tx, {c.id: c for c in conversations}, offers)
    for request in tx.all(select(table(Handoff))):
        assert brief.digest_now(tx, request) == request.digest, "a handoff lost something"


def _owners(agents: set[str], queues: set[str], conversations: list[Row]) -> None:
    known = {"agent": agents, "queue": queues, "bot": {"bot"}}
    for each in conversations:
        kind, id = each.owner_kind, each.owner_id
        assert id in known.get(kind, set()), f"nobody owns it: {kind} {id}"
        is_waiting = each.status == "open" and kind == "queue"
        assert (each.waiting_since is not None) == is_waiting


def _offers(tx: Tx, conversations: dict[str, Row], offers: list[Row]) -> None:
    rung = Counter(o.conversation_id for o in offers)
    assert all(count == 1 for count in rung.values()), "two offers for one conversation"
    timers = {row.key for row in tx.all(select(table(Timer).c.key).where(table(Timer).c.topic == "offer_expiry"))}
    assert timers == {o.id for o in offers}, "an offer without its countdown, or a countdown without its offer"
    for offer in offers:
        about = conversations[offer.conversation_id]
        assert about.status == "open"
        assert about.handoff_id == offer.handoff_id
        assert (about.owner_kind, about.owner_id) != ("agent", offer.agent_id)


def check_progress(tx: Tx) -> None:
    """Raise AssertionError when somebody waits although an agent is free for them and nobody rings."""
    offers = tx.all(select(table(Offer)))
    rung = {o.conversation_id for o in offers if o.state == "live"}
    busy = {o.agent_id for o in offers if o.state == "live"}
    minute = tx.now - routing.ASK_AGAIN_SECONDS * SECOND
    refused = {
        (o.conversation_id, o.agent_id) for o in offers if o.state in ("declined", "expired") and o.answered_at > minute
    }
    for queue in tx.all(select(table(Queue))):
        free = [a for a in availability.online_in_queue(tx, queue.id) if a.load < a.capacity and a.agent_id not in busy]
        for each in queues.line(tx, queue.id):
            could = [a.name for a in free if (each.id, a.agent_id) not in refused]
            assert each.id in rung or not could, f"{each.id} waits in {queue.slug} although {could} are free"
