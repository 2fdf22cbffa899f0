"""Who is there: rows with a lease that the process holding an agent's socket renews."""

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from hub import outbox
from hub.clock import SECOND
from hub.errors import CapacityReached, Invalid, NotFound
from hub.models import Agent, Availability, QueueMember
from hub.models.base import table
from hub.store import Hot, Tx
from hub.store.hot import Row

LEASE_SECONDS = 40
GRACE_SECONDS = 20
STATES = ("online", "away", "offline")

_agent, _avail, _works = table(Agent), table(Availability), table(QueueMember)

_GET = Hot(select(_avail).where(_avail.c.agent_id == bindparam("agent")))
_RENEW = Hot(
    update(_avail)
    .where(_avail.c.agent_id == bindparam("agent"), _avail.c.state != "offline")
    .values(lease_until=bindparam("until"))
)
_RESERVE = Hot(
    update(_avail)
    .where(_avail.c.agent_id == bindparam("agent"), _avail.c.load < _avail.c.capacity)
    .values(last_accepted_at=bindparam("moment"))
    .returning(_avail.c.load)
)
_QUEUES = Hot(
    select(_works.c.queue_id).where(_works.c.agent_id == bindparam("agent")).order_by(_works.c.queue_id).limit(500)
)
_LOCK_BOTH = Hot(
    select(_avail.c.agent_id)
    .where(or_(_avail.c.agent_id == bindparam("one"), _avail.c.agent_id == bindparam("other")))
    .order_by(_avail.c.agent_id)
    .with_for_update()
)
_ONLINE_IN_QUEUE = Hot(
    select(
        _avail.c.agent_id,
        _avail.c.load,
        _avail.c.capacity,
        _avail.c.last_accepted_at,
        _avail.c.state_since,
        _agent.c.name,
        _agent.c.skills,
        _agent.c.languages,
    )
    .join(_works, _works.c.agent_id == _avail.c.agent_id)
    .join(_agent, _agent.c.id == _avail.c.agent_id)
    .where(
        _works.c.queue_id == bindparam("queue"),
        _avail.c.state == "online",
        _avail.c.lease_until > bindparam("moment"),
        _agent.c.disabled_at.is_(None),
    )
    .order_by(_avail.c.agent_id)
    .limit(500)
)


def get(tx: Tx, agent_id: str) -> Row:
    """State, capacity and load of an agent. Raises NotFound."""
    row = tx.one(_GET, agent=agent_id)
    if row is None:
        raise NotFound("no such agent")
    return row


def is_online(tx: Tx, agent_id: str) -> bool:
    """Online, and seen by a process within the lease."""
    row = tx.one(_GET, agent=agent_id)
    return row is not None and row.state == "online" and row.lease_until > tx.now


def set_state(tx: Tx, agent_id: str, state: str, *, seconds: int = LEASE_SECONDS) -> None:
    """The agent goes online, away or offline; their queues look for work at once.

    `seconds` is the lease: a socket renews it, a program without one asks for a longer one.
    """
    if state not in STATES:
        raise Invalid("state is online, away or offline", field="state")
    row = get(tx, agent_id)
    now = tx.now
    since = row.state_since if row.state == state else now
    tx.do(
        update(_avail)
        .where(_avail.c.agent_id == agent_id)
        .values(state=state, lease_until=now + seconds * SECOND, state_since=since)
    )
    tx.hint("agent", agent_id)
    wake_queues(tx, agent_id)


def set_capacity(tx: Tx, agent_id: str, capacity: int) -> None:
    """How many conversations the agent serves at once, 0 to 50."""
    if not 0 <= capacity <= 50:
        raise Invalid("capacity is between 0 and 50", field="capacity")
    tx.do(update(_avail).where(_avail.c.agent_id == agent_id).values(capacity=capacity))
    tx.hint("agent", agent_id)
    wake_queues(tx, agent_id)


def renew(tx: Tx, agent_ids: list[str]) -> None:
    """This process still holds sockets of these agents; who had lapsed is offered work again."""
    now = tx.now
    for agent_id in sorted(agent_ids):
        row = tx.one(_GET, agent=agent_id)
        if row is None or row.lease_until > now + LEASE_SECONDS * SECOND:
            continue
        tx.run(_RENEW, agent=agent_id, until=now + LEASE_SECONDS * SECOND)
        if row.state == "online" and row.lease_until <= now:
            tx.hint("agent", agent_id)
            wake_queues(tx, agent_id)


def reserve(tx: Tx, agent_id: str, *, instead_of: str = "") -> None:
    """Lock the agent and make sure there is room for one more, in the accepting write.

    `instead_of` is the agent who gives the conversation away, whose load changes, too: both are locked in the
    order of their ids, so that two who hand over to each other do not wait in a circle.

    Raises: CapacityReached.
    """
    if instead_of and not tx.is_sqlite:
        tx.run(_LOCK_BOTH, one=agent_id, other=instead_of)
    if not try_reserve(tx, agent_id):
        raise CapacityReached("you already serve as many conversations as agreed")


def try_reserve(tx: Tx, agent_id: str) -> bool:
    """Like `reserve`, and says whether there is room."""
    return tx.one(_RESERVE, agent=agent_id, moment=tx.now) is not None


def online_in_queue(tx: Tx, queue_id: str) -> list[Row]:
    """Agents of a queue who are there now, with load, skills and languages."""
    return tx.run(_ONLINE_IN_QUEUE, queue=queue_id, moment=tx.now)


def anybody_there(tx: Tx, queue_id: str) -> bool:
    """True when at least one agent of the queue is online."""
    return bool(online_in_queue(tx, queue_id))


def vanished(tx: Tx) -> list[Row]:
    """Agents whose lease ran out a while ago although they did not say goodbye."""
    return tx.all(
        select(_avail)
        .where(_avail.c.state.in_(("online", "away")), _avail.c.lease_until < tx.now - GRACE_SECONDS * SECOND)
        .order_by(_avail.c.agent_id)
        .limit(20)
    )


def is_gone(tx: Tx, agent_id: str) -> bool:
    """Said goodbye, or not seen for lease and grace."""
    row = tx.one(_GET, agent=agent_id)
    return row is None or row.state == "offline" or row.lease_until < tx.now - GRACE_SECONDS * SECOND


def register(tx: Tx, agent_id: str, capacity: int = 4) -> None:
    """A new agent starts offline."""
    tx.do(
        insert(_avail)
        .on_conflict_do_nothing(index_elements=["agent_id"])
        .values(
            agent_id=agent_id,
            state="offline",
            capacity=capacity,
            load=0,
            lease_until=0,
            state_since=tx.now,
            last_accepted_at=0,
        )
    )


def wake_queues(tx: Tx, agent_id: str) -> None:
    """Let every queue of this agent look for work again."""
    for row in tx.run(_QUEUES, agent=agent_id):
        outbox.add(tx, "routing", row.queue_id)


def count_online(tx: Tx) -> int:
    """How many agents are online, for metrics."""
    row = tx.first(
        select(func.count()).select_from(_avail).where(_avail.c.state == "online", _avail.c.lease_until > tx.now)
    )
    return int(row[0]) if row is not None else 0


def go_offline(tx: Tx, agent_id: str) -> None:
    """Nobody sees this agent any more."""
    tx.do(update(_avail).where(_avail.c.agent_id == agent_id).values(state="offline", state_since=tx.now))
    tx.hint("agent", agent_id)
